package dev.sublinear.model.gguf;

import java.util.List;

/**
 * Where a tensor lies in its file.
 *
 * @param dimensions its sizes, that of a row first: the reverse of PyTorch's order
 * @param position of its first byte in the file
 * @param bytes the number of bytes that it takes in the file
 */
record GgufTensor(String name, GgufType type, List<Long> dimensions, long position, long bytes) {
    GgufTensor {
        dimensions = List.copyOf(dimensions);
    }

    /** The numbers in a row: whole blocks, one after another. */
    long width() {
        return dimensions.get(0);
    }

    /** The number of rows, of all matrices together if there are several. */
    long rows() {
        return elements() / width();
    }

    long elements() {
        return dimensions.stream().reduce(1L, Math::multiplyExact);
    }

    /** The bytes of a row. */
    long rowBytes() {
        return width() / type.blockWeights() * type.blockBytes();
    }

    @Override
    public String toString() {
        return type + " " + dimensions;
    }
}
