package dev.sublinear.kvcache.storage;

import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The numbers in which keys and values are stored. */
public enum KvStorage {
    /** Exact. */
    FLOAT32("f32", DataType.FLOAT32),

    /** Half the bytes: each number is rounded to 11 bits and is at most 65,504. */
    FLOAT16("f16", DataType.FLOAT16),

    /**
     * A little more than a quarter of the bytes: each key and each value is stored as whole numbers from −127 to 127 times a
     * float32 of its own, the greatest of its numbers divided by 127.
     */
    INT8("int8", DataType.INT8);

    private final String key;
    private final DataType type;

    KvStorage(String key, DataType type) {
        this.key = key;
        this.type = type;
    }

    /**
     * Returns the storage of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static KvStorage named(String key) {
        return find(key)
                .orElseThrow(() -> new IllegalArgumentException("must be one of " + keys() + ", was \"" + key + "\""));
    }

    /** Returns the storage of a name, if there is one. */
    public static Optional<KvStorage> find(String key) {
        return Arrays.stream(values())
                .filter(storage -> storage.key.equals(key))
                .findAny();
    }

    /** Returns the names of all, with commas between them. */
    public static String keys() {
        return Arrays.stream(values()).map(KvStorage::key).collect(Collectors.joining(", "));
    }

    /** Returns its name in configuration. */
    public String key() {
        return key;
    }

    /** Returns the type of the numbers. */
    public DataType type() {
        return type;
    }

    /** Whether each key and each value has a scale that its numbers are multiplied with. */
    public boolean isScaled() {
        return this == INT8;
    }

    /** Returns the bytes of one key or value of {@code headDim} numbers, with its scale. */
    public long vectorBytes(int headDim) {
        return (long) type.getNumOfBytes() * headDim + (isScaled() ? Float.BYTES : 0);
    }
}
