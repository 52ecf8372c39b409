package dev.sublinear.engine;

import dev.sublinear.engine.chat.ChatTurn;
import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.GenerationOptions;
import java.util.Optional;
import java.util.OptionalInt;

/** A call to go on with a text. */
public final class CompletionCall extends AnswerCall<CompletionCall> {
    private final int[] prompt;
    private final int context;
    private OptionalInt maxTokens = OptionalInt.empty();

    CompletionCall(Engine engine, int[] prompt, GenerationOptions options) {
        super(engine, options);
        this.prompt = prompt;
        this.context = engine.spec().maxPositions();
    }

    /** Most tokens of the answer; unsaid, as many as there is room for, up to {@link ChatTurn#MOST_IF_UNSAID}. */
    public CompletionCall maxTokens(int tokens) {
        maxTokens = OptionalInt.of(tokens);
        return this;
    }

    @Override
    CompletionCall self() {
        return this;
    }

    @Override
    Planned planned(GenerationOptions all) {
        int room = Math.max(1, Math.min(context - prompt.length, ChatTurn.MOST_IF_UNSAID));
        return new Planned(all.request(prompt, maxTokens.orElse(room)), Optional.empty());
    }
}
