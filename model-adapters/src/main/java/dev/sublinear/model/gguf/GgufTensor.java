package dev.sublinear.model.gguf;

import java.util.List;

/**
 * Where a tensor lies in its file.
 *
 * @param dimensions its sizes, that of a row first: the other way round than PyTorch tells them
 * @param position of its first byte in the file
 * @param bytes how many it takes
 */
record GgufTensor(String name, GgufType type, List<Long> dimensions, long position, long bytes) {
    GgufTensor {
        dimensions = List.copyOf(dimensions);
    }

    /** How many numbers a row has: whole blocks, which lie one after another. */
    long width() {
        return dimensions.get(0);
    }

    /** How many rows it has, of all matrices if it is several. */
    long rows() {
        return elements() / width();
    }

    long elements() {
        return dimensions.stream().reduce(1L, Math::multiplyExact);
    }

    /** How many bytes a row takes. */
    long rowBytes() {
        return width() / type.blockWeights() * type.blockBytes();
    }

    @Override
    public String toString() {
        return type + " " + dimensions;
    }
}
