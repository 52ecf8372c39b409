package dev.sublinear.engine;

import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.source.OpenModel;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;

/** A model that is another but for what a test overrides. */
public class ForwardingModel implements OpenModel {
    private final OpenModel model;

    public ForwardingModel(OpenModel model) {
        this.model = model;
    }

    @Override
    public ModelSpec spec() {
        return model.spec();
    }

    @Override
    public WeightType storedAs() {
        return model.storedAs();
    }

    @Override
    public GenerationDefaults generationDefaults() {
        return model.generationDefaults();
    }

    @Override
    public Tokenizer tokenizer() {
        return model.tokenizer();
    }

    @Override
    public ChatTemplate chat(Tokenizer tokenizer) {
        return model.chat(tokenizer);
    }

    @Override
    public LanguageModel load(Execution execution, LoadListener listener) {
        return model.load(execution, listener);
    }

    @Override
    public void close() {
        model.close();
    }
}
