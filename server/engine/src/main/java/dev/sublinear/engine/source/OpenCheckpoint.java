package dev.sublinear.engine.source;

import dev.sublinear.engine.model.DecoderModel;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;

/** A checkpoint that closes with this. */
record OpenCheckpoint(Checkpoint checkpoint) implements OpenModel {
    @Override
    public ModelSpec spec() {
        return checkpoint.spec();
    }

    @Override
    public WeightType storedAs() {
        return checkpoint.weights().type();
    }

    @Override
    public GenerationDefaults generationDefaults() {
        return checkpoint.generationDefaults();
    }

    @Override
    public Tokenizer tokenizer() {
        return Tokenizer.open(checkpoint);
    }

    @Override
    public ChatTemplate chat(Tokenizer tokenizer) {
        return ChatTemplate.of(checkpoint, tokenizer);
    }

    @Override
    public LanguageModel load(Execution execution, LoadListener listener) {
        return DecoderModel.load(checkpoint, execution, listener);
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
