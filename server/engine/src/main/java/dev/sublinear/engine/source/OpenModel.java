package dev.sublinear.engine.source;

import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.text.ByteTokenizer;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;

/** A model of which everything is known but its weights. Without a checkpoint, its tokens are bytes. */
public interface OpenModel extends AutoCloseable {

    ModelSpec spec();

    /** The type in which most numbers of its weights are stored. */
    default WeightType storedAs() {
        return WeightType.FLOAT32;
    }

    /** The sampling that its generation_config.json recommends. */
    default GenerationDefaults generationDefaults() {
        return GenerationDefaults.NONE;
    }

    /** Returns a new tokenizer. */
    default Tokenizer tokenizer() {
        return ByteTokenizer.open(spec().vocabSize());
    }

    /** Returns its chat template, for this tokenizer. */
    default ChatTemplate chat(Tokenizer tokenizer) {
        return ChatTemplate.plain(tokenizer);
    }

    /** Loads its weights, on the thread that will own them. */
    LanguageModel load(Execution execution, LoadListener listener);

    @Override
    default void close() {}
}
