package dev.sublinear.model.huggingface;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.family.ModelAdapter;
import java.nio.FloatBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares {@code tie_word_embeddings} with the files, as transformers 5 does. An embedding and a head that differ are both used,
 * with a warning; where the files have only one of them, it serves as both.
 */
final class TiedHead {
    private static final Logger LOG = LoggerFactory.getLogger(TiedHead.class);
    private static final int BLOCK = 1 << 18;

    private TiedHead() {}

    /** The family; where the files have only a head, its name is the embedding's, too. */
    static ModelAdapter named(ModelSpec spec, ModelAdapter adapter, WeightFiles files) {
        boolean headAlone =
                spec.tiedHead() && holds(files, adapter, Weight.HEAD) && !holds(files, adapter, Weight.EMBEDDING);
        return headAlone ? adapter.withName(Weight.EMBEDDING, adapter.tensorName(Weight.HEAD, 0, 0)) : adapter;
    }

    /** The spec; with an untied head where the files have one that differs from the embedding. */
    static ModelSpec resolved(ModelSpec spec, ModelAdapter adapter, WeightFiles files) {
        if (!spec.tiedHead() || !holds(files, adapter, Weight.HEAD) || !holds(files, adapter, Weight.EMBEDDING)) {
            return spec;
        }
        String head = name(files, adapter, Weight.HEAD);
        String embedding = name(files, adapter, Weight.EMBEDDING);
        if (areEqual(files, head, embedding)) {
            return spec;
        }
        LOG.warn(
                "config.json ties the head to the embedding, but {} and {} differ: both are used as they are;"
                        + " \"tie_word_embeddings\": false in config.json says so",
                quote(head),
                quote(embedding));
        return spec.untied();
    }

    private static boolean holds(WeightFiles files, ModelAdapter adapter, Weight weight) {
        return adapter.names().containsKey(weight) && files.names().contains(name(files, adapter, weight));
    }

    private static String name(WeightFiles files, ModelAdapter adapter, Weight weight) {
        return files.stored(adapter.tensorName(weight, 0, 0));
    }

    /** Compares block by block, up to the first difference. */
    private static boolean areEqual(WeightFiles files, String one, String other) {
        if (one.equals(other)) {
            return true;
        }
        if (!files.info(one).shape().equals(files.info(other).shape())
                || !files.info(one).type().readable()
                || !files.info(other).type().readable()) {
            return false;
        }
        FloatBuffer some = FloatBuffer.allocate(BLOCK);
        FloatBuffer others = FloatBuffer.allocate(BLOCK);
        long elements = files.info(one).elements();
        for (long at = 0; at < elements; at += BLOCK) {
            int count = (int) Math.min(BLOCK, elements - at);
            files.read(one, at, some.clear().limit(count));
            files.read(other, at, others.clear().limit(count));
            if (!some.flip().equals(others.flip())) {
                return false;
            }
        }
        return true;
    }
}
