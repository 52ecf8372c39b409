package dev.sublinear.engine.settings;

import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.precision.Precision;

/** How caches store keys and values: as the operator asks, or as the precision suggests. */
public sealed interface StorageChoice {

    /** Returns the storage of a model's caches. */
    KvStorage of(Precision precision, ComputeDevice device);

    /**
     * Reads {@code auto} or the name of a storage.
     *
     * @throws IllegalArgumentException if there is no such storage
     */
    static StorageChoice parse(String text) {
        if (text.equals(Auto.KEY)) {
            return new Auto();
        }
        return KvStorage.find(text)
                .map(Fixed::new)
                .orElseThrow(() -> new IllegalArgumentException(
                        "must be one of " + Auto.KEY + ", " + KvStorage.keys() + ", was \"" + text + "\""));
    }

    /** A storage that the operator names. */
    record Fixed(KvStorage storage) implements StorageChoice {
        @Override
        public KvStorage of(Precision precision, ComputeDevice device) {
            return storage;
        }
    }

    /**
     * 8 bits on a CPU, but for an exact precision, whose decoded tokens have the bits that they have in a prompt, and on a GPU,
     * which has no kernel for them.
     */
    record Auto() implements StorageChoice {
        private static final String KEY = "auto";

        @Override
        public KvStorage of(Precision precision, ComputeDevice device) {
            return precision.isExact() || !device.isCpu() ? KvStorage.FLOAT32 : KvStorage.INT8;
        }
    }
}
