package dev.sublinear.engine.generation;

import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.kvcache.EvictionPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What to generate.
 *
 * <pre>{@code
 * GenerationRequest.of(prompt, maxTokens, policy).with(sampling).with(Stops.at(texts)).withTenant("alice")
 * }</pre>
 *
 * @param prompt token ids; not to be changed any more
 * @param maxTokens greatest number of tokens of an answer, with the one that ends it; 0 only to have the logprobs of a prompt
 * @param options how answers are generated, whatever the prompt
 * @param constraint what an answer may look like
 * @param told control tokens that are part of the text of an answer, by their names
 * @param tenant whose request it is, such as the name of an API key: tenants take turns, and share no cached prompts
 * @param arrivedNanos when the request came, by {@link System#nanoTime}
 * @param timeout how long after that it fails if it has not ended
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record GenerationRequest(
        int[] prompt,
        int maxTokens,
        GenerationOptions options,
        TokenConstraint constraint,
        Set<Integer> told,
        String tenant,
        long arrivedNanos,
        Duration timeout) {

    /** The tenant of requests without a name. */
    public static final String ANONYMOUS = "";

    /** The timeout of requests that never expire. */
    public static final Duration NO_TIMEOUT = Duration.ofNanos(Long.MAX_VALUE);

    /**
     * What ends an answer, beside its length.
     *
     * @param texts none of which it contains
     * @param ids tokens that end it, beside those of the model
     * @param ignoresModel whether the tokens that end an answer for the model do not
     */
    public record Stops(List<String> texts, Set<Integer> ids, boolean ignoresModel) {
        /** The model. */
        public static final Stops BY_MODEL = new Stops(List.of(), Set.of(), false);

        public Stops {
            texts = List.copyOf(texts);
            if (texts.contains("")) {
                throw new IllegalArgumentException("a stop text must not be empty");
            }
            ids = Set.copyOf(ids);
        }

        /** The model, or any of these texts. */
        public static Stops at(List<String> texts) {
            return new Stops(texts, Set.of(), false);
        }
    }

    /**
     * Which tokens' probabilities are told.
     *
     * @param alternatives how many of the likeliest at each place besides
     */
    public record LogprobsWanted(Scope scope, int alternatives) {
        public static final LogprobsWanted NONE = new LogprobsWanted(Scope.NONE, 0);

        /** Of which tokens. */
        public enum Scope {
            NONE,
            ANSWER,
            PROMPT_AND_ANSWER
        }

        boolean ofAnswer() {
            return scope != Scope.NONE;
        }

        boolean ofPrompt() {
            return scope == Scope.PROMPT_AND_ANSWER;
        }
    }

    /** One answer of the likeliest tokens, to a prompt that comes now. */
    public static GenerationRequest of(int[] prompt, int maxTokens, EvictionPolicy policy) {
        return of(prompt, maxTokens, GenerationOptions.of(SamplingParams.GREEDY, policy));
    }

    static GenerationRequest of(int[] prompt, int maxTokens, GenerationOptions options) {
        return new GenerationRequest(
                prompt, maxTokens, options, TokenConstraint.NONE, Set.of(), ANONYMOUS, System.nanoTime(), NO_TIMEOUT);
    }

    public int choices() {
        return options.choices();
    }

    public int minTokens() {
        return options.minTokens();
    }

    public SamplingParams sampling() {
        return options.sampling();
    }

    public Stops stops() {
        return options.stops();
    }

    public LogprobsWanted logprobs() {
        return options.logprobs();
    }

    public EvictionPolicy policy() {
        return options.policy();
    }

    private GenerationRequest with(GenerationOptions other) {
        return new GenerationRequest(prompt, maxTokens, other, constraint, told, tenant, arrivedNanos, timeout);
    }

    public GenerationRequest withChoices(int other) {
        return with(options.withChoices(other));
    }

    public GenerationRequest withMinTokens(int min) {
        return with(options.withMinTokens(min));
    }

    public GenerationRequest with(SamplingParams other) {
        return with(options.with(other));
    }

    public GenerationRequest with(Stops other) {
        return with(options.with(other));
    }

    public GenerationRequest with(LogprobsWanted other) {
        return with(options.with(other));
    }

    /** The same with up to this many drafted tokens in a step. */
    public GenerationRequest withPromptLookup(int most) {
        return with(options.withPromptLookup(most));
    }

    public GenerationRequest with(TokenConstraint other) {
        return new GenerationRequest(prompt, maxTokens, options, other, told, tenant, arrivedNanos, timeout);
    }

    /** With these control tokens in its text. */
    public GenerationRequest telling(Set<Integer> other) {
        return new GenerationRequest(prompt, maxTokens, options, constraint, other, tenant, arrivedNanos, timeout);
    }

    public GenerationRequest withTenant(String other) {
        return new GenerationRequest(prompt, maxTokens, options, constraint, told, other, arrivedNanos, timeout);
    }

    /** When it came, and how long after that it fails; {@link #NO_TIMEOUT} if that is longer than a clock counts. */
    public GenerationRequest withTimes(long arrived, Duration time) {
        Duration fails = time.compareTo(NO_TIMEOUT) > 0 ? NO_TIMEOUT : time;
        return new GenerationRequest(prompt, maxTokens, options, constraint, told, tenant, arrived, fails);
    }

    /** The positions that a choice may take. */
    long positions() {
        return (long) prompt.length + maxTokens;
    }

    /**
     * With a cache that holds from its start what it may hold in the end.
     *
     * @param share of the answer's greatest length that is reserved
     */
    GenerationRequest reserving(double share) {
        int tokens = (int) Math.min(Integer.MAX_VALUE, prompt.length + (long) Math.ceil(share * maxTokens));
        return with(options.with(policy().reserving(tokens)));
    }

    /** How long it may still take; not positive when it is late. */
    long nanosLeft(long now) {
        return timeout.toNanos() - (now - arrivedNanos);
    }
}
