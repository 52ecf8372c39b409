package dev.sublinear.engine.chat;

import dev.sublinear.engine.generation.GenerationOptions;
import dev.sublinear.model.text.Chat;
import java.util.OptionalInt;

/**
 * What is asked for of a chat: the assistant's next message.
 *
 * @param chat what was said so far, and what else the template reads; its tools are replaced by {@code tools}
 * @param tools what the model may call
 * @param format what the message must look like, if it calls nothing
 * @param maxTokens most tokens of the message, refused where the model has no room for them; empty for {@code atMost}
 * @param atMost most tokens of the message, fewer where the model has less room
 */
public record ChatTurn(
        Chat chat, Tools tools, AnswerFormat format, OptionalInt maxTokens, int atMost, GenerationOptions options) {
    /** A turn whose length is as much as there is room for, unless it is said. */
    public ChatTurn(Chat chat, Tools tools, AnswerFormat format, OptionalInt maxTokens, GenerationOptions options) {
        this(chat, tools, format, maxTokens, GenerationOptions.MOST_IF_UNSAID, options);
    }

    /** Words in answer to a chat. */
    public static ChatTurn of(Chat chat, GenerationOptions options) {
        return new ChatTurn(chat, Tools.NONE, new AnswerFormat.Text(), OptionalInt.empty(), options);
    }

    public ChatTurn with(Tools other) {
        return new ChatTurn(chat, other, format, maxTokens, atMost, options);
    }

    public ChatTurn with(AnswerFormat other) {
        return new ChatTurn(chat, tools, other, maxTokens, atMost, options);
    }

    public ChatTurn with(GenerationOptions other) {
        return new ChatTurn(chat, tools, format, maxTokens, atMost, other);
    }

    public ChatTurn withMaxTokens(int tokens) {
        return new ChatTurn(chat, tools, format, OptionalInt.of(tokens), atMost, options);
    }

    /** With as many tokens as there is room for, up to this. */
    public ChatTurn withAtMost(int tokens) {
        return new ChatTurn(chat, tools, format, OptionalInt.empty(), tokens, options);
    }
}
