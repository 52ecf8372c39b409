package dev.sublinear.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.sublinear.engine.Answer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What LangChain4j tells of an answer, and the answer as the engine tells of it. */
public final class SublinearChatResponseMetadata extends ChatResponseMetadata {
    private final Answer answer;

    private SublinearChatResponseMetadata(Builder builder) {
        super(builder);
        answer = Objects.requireNonNull(builder.answer, "answer");
    }

    /** Tokens with their probabilities, time, what the cache held, how many tokens of the prompt it knew already. */
    public Answer answer() {
        return answer;
    }

    @Override
    public Builder toBuilder() {
        Builder builder = builder().answer(answer);
        super.toBuilder(builder);
        return builder;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return super.equals(other) && other instanceof SublinearChatResponseMetadata that && answer.equals(that.answer);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), answer);
    }

    @Override
    public String toString() {
        return super.toString() + answer.completion();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Says one thing after the other. */
    public static final class Builder extends ChatResponseMetadata.Builder<Builder> {
        private @Nullable Answer answer;

        private Builder() {}

        Builder answer(Answer other) {
            answer = other;
            return this;
        }

        @Override
        public SublinearChatResponseMetadata build() {
            return new SublinearChatResponseMetadata(this);
        }
    }
}
