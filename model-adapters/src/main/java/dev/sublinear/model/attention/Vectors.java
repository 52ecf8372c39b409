package dev.sublinear.model.attention;

import dev.sublinear.kvcache.storage.Float32Rows;
import dev.sublinear.kvcache.storage.Int8Rows;
import dev.sublinear.kvcache.storage.KvRows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out once whether this process has fast vectors in Java, and lets their kernel be compiled: interpreted, it is a
 * thousand times slower than what it replaces.
 */
public final class Vectors {
    private static final Logger LOG = LoggerFactory.getLogger(Vectors.class);
    private static final String MODULE = "jdk.incubator.vector";

    private static final int ROWS = 64;
    private static final int SIZE = 64;
    private static final int GROUP = 4; // three at once and one alone: both ways through the kernel
    private static final int PASSES = 2_000;
    private static final long FAST_NANOS = 200_000; // it takes 5,000 compiled and 10,000,000 interpreted
    private static final long LONGEST_NANOS = 20_000_000_000L;

    public static final boolean PAY = pay();

    private Vectors() {}

    private static boolean pay() {
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            LOG.info("libtorch attends for decoded tokens: Java runs without --add-modules {}", MODULE);
            return false;
        }
        try {
            DecodeAttention attention = DecodeAttention.open();
            if (isFast(attention, float32()) && isFast(attention, int8())) {
                return true;
            }
            LOG.warn("libtorch attends for decoded tokens: Java's vectors are slow here");
        } catch (IllegalStateException e) {
            LOG.info("libtorch attends for decoded tokens: {}", e.getMessage());
        }
        return false;
    }

    private static KvRows float32() {
        return new Float32Rows(SIZE, floats(ROWS * SIZE), floats(ROWS * SIZE));
    }

    private static KvRows int8() {
        return new Int8Rows(SIZE, bytes(ROWS * SIZE), floats(ROWS), bytes(ROWS * SIZE), floats(ROWS));
    }

    private static FloatBuffer floats(int count) {
        return bytes(count * Float.BYTES).asFloatBuffer();
    }

    private static ByteBuffer bytes(int count) {
        return ByteBuffer.allocateDirect(count).order(ByteOrder.nativeOrder());
    }

    private static boolean isFast(DecodeAttention attention, KvRows rows) {
        float[] queries = new float[GROUP * SIZE];
        float[] found = new float[queries.length];
        long start = System.nanoTime();
        int fast = 0;
        while (fast < PASSES && System.nanoTime() - start < LONGEST_NANOS) {
            long began = System.nanoTime();
            attention.attend(queries, GROUP, SIZE, rows, 0, ROWS, found, 0);
            if (System.nanoTime() - began < FAST_NANOS) {
                fast++;
            }
        }
        return fast == PASSES;
    }
}
