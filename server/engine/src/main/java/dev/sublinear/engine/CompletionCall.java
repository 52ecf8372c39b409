package dev.sublinear.engine;

import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.GenerationOptions;
import dev.sublinear.engine.generation.GenerationRequest;
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

    /** Most tokens of the answer; unsaid, as many as there is room for, up to {@link GenerationOptions#MOST_IF_UNSAID}. */
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
        GenerationRequest request = maxTokens.isPresent()
                ? all.request(prompt, maxTokens.getAsInt())
                : all.requestWithin(context, prompt, GenerationOptions.MOST_IF_UNSAID);
        return new Planned(request, Optional.empty());
    }
}
