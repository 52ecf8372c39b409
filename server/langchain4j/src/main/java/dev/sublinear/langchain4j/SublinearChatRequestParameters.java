package dev.sublinear.langchain4j;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.sublinear.engine.AnswerCall;
import dev.sublinear.engine.drafting.Drafter;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * LangChain4j's parameters and those that only this engine has. What is left unsaid is as the model's makers and its settings
 * have it. Immutable, and never out of range.
 */
public final class SublinearChatRequestParameters extends DefaultChatRequestParameters {
    private final Own own;

    /** What LangChain4j has no parameters for. */
    private record Own(
            @Nullable Long seed,
            @Nullable Double minP,
            @Nullable Double repetitionPenalty,
            @Nullable Map<Integer, Double> logitBias,
            @Nullable EvictionPolicy policy,
            @Nullable Integer promptLookup,
            @Nullable Integer logprobs,
            @Nullable Boolean parallelToolCalls,
            @Nullable String tenant,
            @Nullable Duration timeout) {}

    private SublinearChatRequestParameters(Builder builder) {
        super(builder);
        own = builder.own();
        Sampling.of(this, GenerationDefaults.NONE); // refuses what is out of range
        require(atLeast(maxOutputTokens(), 1), "maxOutputTokens must be at least 1, was %s", maxOutputTokens());
        require(!stopSequences().contains(""), "stopSequences must not contain an empty text, was %s", stopSequences());
        require(
                within(promptLookup(), Drafter.MOST_DRAFTED),
                "promptLookup must be from 0 to " + Drafter.MOST_DRAFTED + ", was %s",
                promptLookup());
        require(
                within(logprobs(), AnswerCall.MOST_ALTERNATIVES),
                "logprobs must be from 0 to " + AnswerCall.MOST_ALTERNATIVES + ", was %s",
                logprobs());
        Duration timeout = timeout();
        require(
                timeout == null || !(timeout.isNegative() || timeout.isZero()),
                "timeout must be positive, was %s",
                timeout);
    }

    private static boolean atLeast(@Nullable Integer value, int least) {
        return value == null || value >= least;
    }

    private static boolean within(@Nullable Integer value, int most) {
        return atLeast(value, 0) && (value == null || value <= most);
    }

    private static void require(boolean holds, String rule, @Nullable Object was) {
        if (!holds) {
            throw new IllegalArgumentException(String.format(rule, was));
        }
    }

    /**
     * Returns these parameters as parameters of this class.
     *
     * @throws IllegalArgumentException naming the first that is out of range
     * @throws UnsupportedFeatureException if they are of another provider, whose own would be lost
     */
    static SublinearChatRequestParameters of(ChatRequestParameters parameters) {
        return parameters instanceof SublinearChatRequestParameters ours
                ? ours
                : builder().overrideWith(parameters).build();
    }

    /** The number that the answer's random stream begins with: the same request with the same seed has the same answer. */
    public @Nullable Long seed() {
        return own.seed;
    }

    /** Tokens stay that have at least this share of the likeliest token's probability. */
    public @Nullable Double minP() {
        return own.minP;
    }

    /** What the logit of a token that has occurred is divided by if positive, else multiplied. */
    public @Nullable Double repetitionPenalty() {
        return own.repetitionPenalty;
    }

    /** What is added to the logits of these ids. */
    public @Nullable Map<Integer, Double> logitBias() {
        return own.logitBias;
    }

    /** What the cache keeps of prompt and answer. */
    public @Nullable EvictionPolicy policy() {
        return own.policy;
    }

    /** Up to how many tokens a step reads ahead of what has been said before; the answer is the same. */
    public @Nullable Integer promptLookup() {
        return own.promptLookup;
    }

    /** Of how many of the likeliest tokens at each place the probability is told, beside that of the chosen. */
    public @Nullable Integer logprobs() {
        return own.logprobs;
    }

    /** Whether an answer may call more than one tool; it may unless this says no. */
    public @Nullable Boolean parallelToolCalls() {
        return own.parallelToolCalls;
    }

    /** Whose request it is: tenants take turns, and share no cached prompts. */
    public @Nullable String tenant() {
        return own.tenant;
    }

    /** After what time the answer fails if it has not ended. */
    public @Nullable Duration timeout() {
        return own.timeout;
    }

    @Override
    public SublinearChatRequestParameters overrideWith(ChatRequestParameters that) {
        return builder().overrideWith(this).overrideWith(that).build();
    }

    @Override
    public SublinearChatRequestParameters defaultedBy(ChatRequestParameters that) {
        return builder().overrideWith(that).overrideWith(this).build();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return super.equals(other) && other instanceof SublinearChatRequestParameters that && own.equals(that.own);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), own);
    }

    @Override
    public String toString() {
        return super.toString() + own;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Says one parameter after the other. */
    public static final class Builder extends DefaultChatRequestParameters.Builder<Builder> {
        private @Nullable Long seed;
        private @Nullable Double minP;
        private @Nullable Double repetitionPenalty;
        private @Nullable Map<Integer, Double> logitBias;
        private @Nullable EvictionPolicy policy;
        private @Nullable Integer promptLookup;
        private @Nullable Integer logprobs;
        private @Nullable Boolean parallelToolCalls;
        private @Nullable String tenant;
        private @Nullable Duration timeout;

        private Builder() {}

        private Own own() {
            return new Own(
                    seed,
                    minP,
                    repetitionPenalty,
                    logitBias,
                    policy,
                    promptLookup,
                    logprobs,
                    parallelToolCalls,
                    tenant,
                    timeout);
        }

        public Builder seed(@Nullable Long other) {
            seed = other;
            return this;
        }

        public Builder minP(@Nullable Double other) {
            minP = other;
            return this;
        }

        public Builder repetitionPenalty(@Nullable Double other) {
            repetitionPenalty = other;
            return this;
        }

        public Builder logitBias(@Nullable Map<Integer, Double> other) {
            logitBias = other == null ? null : Map.copyOf(other);
            return this;
        }

        public Builder policy(@Nullable EvictionPolicy other) {
            policy = other;
            return this;
        }

        public Builder promptLookup(@Nullable Integer most) {
            promptLookup = most;
            return this;
        }

        public Builder logprobs(@Nullable Integer alternatives) {
            logprobs = alternatives;
            return this;
        }

        public Builder parallelToolCalls(@Nullable Boolean other) {
            parallelToolCalls = other;
            return this;
        }

        public Builder tenant(@Nullable String name) {
            tenant = name;
            return this;
        }

        public Builder timeout(@Nullable Duration time) {
            timeout = time;
            return this;
        }

        /**
         * Says what these say.
         *
         * @throws UnsupportedFeatureException if they are of another provider, whose own would be lost
         */
        @Override
        public Builder overrideWith(ChatRequestParameters that) {
            super.overrideWith(that);
            if (that instanceof SublinearChatRequestParameters ours) {
                seed = either(ours.seed(), seed);
                minP = either(ours.minP(), minP);
                repetitionPenalty = either(ours.repetitionPenalty(), repetitionPenalty);
                logitBias = either(ours.logitBias(), logitBias);
                policy = either(ours.policy(), policy);
                promptLookup = either(ours.promptLookup(), promptLookup);
                logprobs = either(ours.logprobs(), logprobs);
                parallelToolCalls = either(ours.parallelToolCalls(), parallelToolCalls);
                tenant = either(ours.tenant(), tenant);
                timeout = either(ours.timeout(), timeout);
            } else if (that.getClass() != DefaultChatRequestParameters.class) {
                throw new UnsupportedFeatureException("parameters of another provider are not supported, were "
                        + that.getClass().getName());
            }
            return this;
        }

        private static <T> @Nullable T either(@Nullable T said, @Nullable T otherwise) {
            return said == null ? otherwise : said;
        }

        /**
         * Builds them.
         *
         * @throws IllegalArgumentException naming the first parameter that is out of range, its rule and its value
         */
        @Override
        public SublinearChatRequestParameters build() {
            return new SublinearChatRequestParameters(this);
        }
    }
}
