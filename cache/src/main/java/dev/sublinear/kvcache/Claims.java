package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.BLOCK;
import static dev.sublinear.kvcache.KvShape.wholeBlocks;
import static dev.sublinear.kvcache.precondition.Preconditions.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/** Room for the next tokens of a layer, and what may be written into that of the newest chunk. */
final class Claims {
    private final int layer;
    private final KvShape shape;
    private final Growth growth;
    private final LayerStorage storage;
    private final LayerTrims trims;

    private int claimed; // tokens of the newest chunk, until it is settled

    Claims(int layer, KvShape shape, Growth growth, LayerStorage storage, LayerTrims trims) {
        this.layer = layer;
        this.shape = shape;
        this.growth = growth;
        this.storage = storage;
        this.trims = trims;
    }

    /** Returns how many of the next tokens may be claimed at once. */
    int next(int remaining) {
        int full = storage.seen() % BLOCK;
        for (int head = 0; head < shape.kvHeads(); head++) {
            full = Math.max(full, storage.lengths().length(head) % BLOCK);
        }
        long most = Math.min(BLOCK - full, Math.min(trims.next(), Integer.MAX_VALUE) - storage.seen());
        return (int) Math.min(remaining, Math.max(1, most));
    }

    /** Returns how many of them come before the next trim is due. */
    int undoable() {
        return (int) Math.min(next(BLOCK), Math.max(0, trims.next() - 1 - storage.seen()));
    }

    /** Makes room for tokens that will come one chunk after another. */
    void expect(int tokens) {
        int[] needed = new int[shape.kvHeads()];
        for (int head = 0; head < needed.length; head++) {
            int length = storage.lengths().length(head);
            int peak = trims.budget().peak(head, storage.seen() + tokens);
            needed[head] = wholeBlocks(Math.max(length, Math.min(length + tokens, peak)));
        }
        growTo(needed);
    }

    /** Gives each of the next tokens a row in every head. */
    void take(int tokens) {
        int[] needed = new int[shape.kvHeads()];
        for (int head = 0; head < needed.length; head++) {
            needed[head] = wholeBlocks(storage.lengths().length(head) + tokens);
        }
        growTo(needed);
        storage.take(tokens);
        claimed = tokens;
    }

    /** Makes room in each head, and for more tokens if the columns must move anyway, in tensors that only this layer reads. */
    private void growTo(int[] needed) {
        int[] rows = needed;
        if (!storage.hasOwn(needed)) {
            int ahead = storage.seen() + growth.ahead(layer, storage.seen());
            rows = needed.clone();
            for (int head = 0; head < rows.length; head++) {
                rows[head] = Math.max(rows[head], wholeBlocks(trims.budget().peak(head, ahead)));
            }
        }
        storage.growTo(rows);
    }

    /** Writes keys and values of the newest chunk, or nothing if they are not of as many tokens as were claimed. */
    void write(NDArray keys, NDArray values) {
        requireVectors("keys", keys);
        requireVectors("values", values);
        storage.write(keys, values);
    }

    private void requireVectors(String name, NDArray vectors) {
        if (vectors.isReleased()) {
            throw new IllegalStateException(name + " have been released");
        }
        Shape expected = new Shape(shape.kvHeads(), claimed, shape.headDim());
        require(
                claimed > 0 && vectors.getShape().equals(expected) && vectors.getDataType() == DataType.FLOAT32,
                "%s must be float32 of shape %s, was %s of shape %s",
                name,
                expected,
                vectors.getDataType(),
                vectors.getShape());
    }

    /** The newest chunk has been settled, or dropped. */
    void end() {
        claimed = 0;
    }
}
