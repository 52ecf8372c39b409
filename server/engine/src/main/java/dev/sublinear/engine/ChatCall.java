package dev.sublinear.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.engine.chat.AnswerFormat;
import dev.sublinear.engine.chat.ChatTurn;
import dev.sublinear.engine.chat.Chats;
import dev.sublinear.engine.chat.Chats.PlannedTurn;
import dev.sublinear.engine.chat.ToolDefinition;
import dev.sublinear.engine.chat.Tools;
import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.GenerationOptions;
import java.util.List;
import java.util.Optional;

/** A call for the assistant's next message of a chat. System messages at its beginning are never evicted. */
public final class ChatCall extends AnswerCall<ChatCall> {
    private final Chats chats;
    private ChatTurn turn;

    ChatCall(Engine engine, Chats chats, ChatTurn turn) {
        super(engine, turn.options());
        this.chats = chats;
        this.turn = turn;
    }

    /** Most tokens of the answer; unsaid, as many as there is room for, up to {@link GenerationOptions#MOST_IF_UNSAID}. */
    public ChatCall maxTokens(int tokens) {
        turn = turn.withMaxTokens(tokens);
        return this;
    }

    /** As many tokens of the answer as there is room for, up to this. */
    public ChatCall atMost(int tokens) {
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens must be at least 1, was " + tokens);
        }
        turn = turn.withAtMost(tokens);
        return this;
    }

    /** What the model may call, any number of times. */
    public ChatCall tools(List<ToolDefinition> tools) {
        return tools(Tools.of(tools));
    }

    /** What the model may or must call. */
    public ChatCall tools(Tools tools) {
        turn = turn.with(tools);
        return this;
    }

    /** Has the answer be JSON that is valid by a schema, unless it calls a tool. */
    public ChatCall json(JsonNode schema) {
        return format(new AnswerFormat.Schema(schema));
    }

    public ChatCall format(AnswerFormat format) {
        turn = turn.with(format);
        return this;
    }

    @Override
    ChatCall self() {
        return this;
    }

    @Override
    Planned planned(GenerationOptions all) {
        PlannedTurn planned = chats.plan(turn.with(all));
        return new Planned(planned.request(), Optional.of(planned.readers().get()));
    }
}
