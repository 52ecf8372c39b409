package dev.sublinear.engine.source;

import dev.sublinear.engine.model.DecoderModel;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.model.family.KnownShape;

/**
 * Random weights, always the same, of the sizes of a model that people run: {@code random:smollm2-135m}. To measure speed
 * and memory without a checkpoint: neither depends on the weights' values.
 */
public record RandomSource(KnownShape shape) implements ModelSource {
    static final String PREFIX = "random:";
    private static final long SEED = 1;

    static RandomSource parse(String text) {
        try {
            return new RandomSource(KnownShape.named(text.substring(PREFIX.length())));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the shape of " + text + " " + e.getMessage(), e);
        }
    }

    @Override
    public String name() {
        return toString();
    }

    @Override
    public OpenModel open() {
        return new Open(shape.spec());
    }

    @Override
    public String toString() {
        return PREFIX + shape.key();
    }

    private record Open(ModelSpec spec) implements OpenModel {
        @Override
        public LanguageModel load(Execution execution, LoadListener listener) {
            return new DecoderModel(DecoderLm.random(spec, execution, SEED));
        }
    }
}
