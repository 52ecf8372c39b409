package dev.sublinear.evaluation.worker;

import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;

/**
 * What a model is measured in: the precision of its weights and activations and, behind a slash, the storage of its caches, such as
 * {@code f32/int8}; float32 if it is not said.
 */
public record Numbers(Precision precision, KvStorage storage) {

    /**
     * Reads them.
     *
     * @throws IllegalArgumentException if there is no such precision or storage
     */
    public static Numbers parse(String text) {
        int slash = text.indexOf('/');
        return slash < 0
                ? new Numbers(Precisions.named(text), KvStorage.FLOAT32)
                : new Numbers(Precisions.named(text.substring(0, slash)), KvStorage.named(text.substring(slash + 1)));
    }
}
