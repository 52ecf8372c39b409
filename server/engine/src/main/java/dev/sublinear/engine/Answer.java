package dev.sublinear.engine;

import dev.sublinear.engine.chat.Said;
import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.model.CacheUsage;
import dev.sublinear.model.text.Message;
import java.util.List;

/**
 * A generated answer.
 *
 * @param text words for the reader
 * @param thought what the model thought before it answered; empty for most models
 * @param calls of tools, in order
 * @param tokens generated, each with what it added; the last may be one without an id
 * @param thoughtTokens tokens of the thought, its marks included
 * @param completion tokens, time and cache
 */
public record Answer(
        String text,
        String thought,
        List<Said.Called> calls,
        Finish finish,
        List<Token> tokens,
        int thoughtTokens,
        Completion completion) {

    /** Why an answer ended. */
    public enum Finish {
        /** The model ended it, or a stop text came. */
        STOP,
        /** It had its tokens. */
        LENGTH,
        /** It calls tools. */
        TOOL_CALLS,
        /** It was cancelled. */
        CANCELLED
    }

    public Answer {
        calls = List.copyOf(calls);
        tokens = List.copyOf(tokens);
    }

    public int promptTokens() {
        return completion.promptTokens();
    }

    /** Tokens generated, with the one that ended the answer. */
    public int generatedTokens() {
        return completion.generatedTokens();
    }

    /** What the cache held at the end. */
    public CacheUsage cache() {
        return completion.cache();
    }

    /** Returns the assistant's message of this answer, to be the next of its chat. */
    public Message message() {
        List<Message.ToolCall> made = calls.stream()
                .map(called -> new Message.ToolCall(
                        called.id(), called.call().name(), called.call().json()))
                .toList();
        return Message.calling(text, made).thinking(thought);
    }
}
