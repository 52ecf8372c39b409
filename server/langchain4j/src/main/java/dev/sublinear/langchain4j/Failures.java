package dev.sublinear.langchain4j;

import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.sublinear.engine.AnswerException;
import dev.sublinear.engine.chat.ChatException;
import dev.sublinear.engine.generation.RejectedException;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** The engine's failures in LangChain4j's words: which of them are worth a retry is in their types. */
final class Failures {
    private Failures() {}

    static <T> T translating(Supplier<T> work) {
        try {
            return work.get();
        } catch (ChatException | RejectedException | AnswerException e) {
            throw translated(e);
        }
    }

    /** Returns the same failure where it is not one of the engine's. */
    static RuntimeException translated(Throwable failure) {
        Throwable known =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (known instanceof ChatException chat) {
            return chat(chat);
        }
        if (known instanceof RejectedException rejected) {
            return rejected(rejected);
        }
        if (known instanceof AnswerException answer) {
            return answer(answer);
        }
        return known instanceof RuntimeException other ? other : new LangChain4jException(known);
    }

    private static LangChain4jException chat(ChatException e) {
        return switch (e.reason()) {
            case INVALID -> new InvalidRequestException(e.getMessage(), e);
            case NO_TEMPLATE_FOR_TOOLS, NO_TOKEN_BYTES -> unsupported(e);
        };
    }

    private static LangChain4jException unsupported(ChatException e) {
        UnsupportedFeatureException unsupported = new UnsupportedFeatureException(e.getMessage());
        unsupported.initCause(e);
        return unsupported;
    }

    private static LangChain4jException rejected(RejectedException e) {
        return switch (e.reason()) {
            case INVALID, INVALID_BIAS, CONTEXT_LENGTH, CACHE_CAPACITY ->
                new InvalidRequestException(e.getMessage(), e);
            case QUEUE_FULL -> new RateLimitException(e.getMessage(), e);
            case STOPPING -> new LangChain4jException(e.getMessage(), e);
        };
    }

    private static LangChain4jException answer(AnswerException e) {
        return switch (e.reason()) {
            case LATE -> new TimeoutException(e.getMessage(), e);
            case FAILED, ENGINE_FAILED -> new InternalServerException(e.getMessage(), e);
            case STOPPING -> new LangChain4jException(e.getMessage(), e);
        };
    }
}
