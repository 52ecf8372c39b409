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
 * @param choices how many answers, each with a random stream of its own
 * @param length of each answer
 * @param sampling how each token is chosen
 * @param stops what ends an answer
 * @param logprobs which tokens' probabilities are told
 * @param constraint what an answer may look like
 * @param told control tokens that are part of the text of an answer, by their names
 * @param policy what the cache keeps
 * @param tenant whose request it is, such as the name of an API key: tenants take turns, and share no cached prompts
 * @param arrivedNanos when the request came, by {@link System#nanoTime}
 * @param timeout how long after that it fails if it has not ended
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record GenerationRequest(
        int[] prompt,
        int choices,
        Length length,
        SamplingParams sampling,
        Stops stops,
        LogprobsWanted logprobs,
        TokenConstraint constraint,
        Set<Integer> told,
        EvictionPolicy policy,
        String tenant,
        long arrivedNanos,
        Duration timeout) {

    /** The tenant of requests without a name. */
    public static final String ANONYMOUS = "";

    /** The timeout of requests that never expire. */
    public static final Duration NO_TIMEOUT = Duration.ofNanos(Long.MAX_VALUE);

    /**
     * Tokens of an answer, with the one that ends it.
     *
     * @param min least number of tokens; an answer has fewer only if its constraint allows no other token
     * @param max greatest number of tokens; 0 only to have the logprobs of a prompt
     */
    public record Length(int min, int max) {}

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
        return new GenerationRequest(
                prompt,
                1,
                new Length(0, maxTokens),
                SamplingParams.GREEDY,
                Stops.BY_MODEL,
                LogprobsWanted.NONE,
                TokenConstraint.NONE,
                Set.of(),
                policy,
                ANONYMOUS,
                System.nanoTime(),
                NO_TIMEOUT);
    }

    public GenerationRequest withChoices(int other) {
        return new GenerationRequest(
                prompt,
                other,
                length,
                sampling,
                stops,
                logprobs,
                constraint,
                told,
                policy,
                tenant,
                arrivedNanos,
                timeout);
    }

    public GenerationRequest withMinTokens(int min) {
        return new GenerationRequest(
                prompt,
                choices,
                new Length(min, length.max),
                sampling,
                stops,
                logprobs,
                constraint,
                told,
                policy,
                tenant,
                arrivedNanos,
                timeout);
    }

    public GenerationRequest with(SamplingParams other) {
        return new GenerationRequest(
                prompt,
                choices,
                length,
                other,
                stops,
                logprobs,
                constraint,
                told,
                policy,
                tenant,
                arrivedNanos,
                timeout);
    }

    public GenerationRequest with(Stops other) {
        return new GenerationRequest(
                prompt,
                choices,
                length,
                sampling,
                other,
                logprobs,
                constraint,
                told,
                policy,
                tenant,
                arrivedNanos,
                timeout);
    }

    public GenerationRequest with(LogprobsWanted other) {
        return new GenerationRequest(
                prompt,
                choices,
                length,
                sampling,
                stops,
                other,
                constraint,
                told,
                policy,
                tenant,
                arrivedNanos,
                timeout);
    }

    public GenerationRequest with(TokenConstraint other) {
        return new GenerationRequest(
                prompt, choices, length, sampling, stops, logprobs, other, told, policy, tenant, arrivedNanos, timeout);
    }

    /** With these control tokens in its text. */
    public GenerationRequest telling(Set<Integer> other) {
        return new GenerationRequest(
                prompt,
                choices,
                length,
                sampling,
                stops,
                logprobs,
                constraint,
                other,
                policy,
                tenant,
                arrivedNanos,
                timeout);
    }

    public GenerationRequest withTenant(String other) {
        return new GenerationRequest(
                prompt,
                choices,
                length,
                sampling,
                stops,
                logprobs,
                constraint,
                told,
                policy,
                other,
                arrivedNanos,
                timeout);
    }

    /** When it came, and how long after that it fails; {@link #NO_TIMEOUT} if that is longer than a clock counts. */
    public GenerationRequest withTimes(long arrived, Duration time) {
        Duration fails = time.compareTo(NO_TIMEOUT) > 0 ? NO_TIMEOUT : time;
        return new GenerationRequest(
                prompt, choices, length, sampling, stops, logprobs, constraint, told, policy, tenant, arrived, fails);
    }

    /** The positions that a choice may take. */
    long positions() {
        return (long) prompt.length + length.max;
    }

    /** How long it may still take; not positive when it is late. */
    long nanosLeft(long now) {
        return timeout.toNanos() - (now - arrivedNanos);
    }
}
