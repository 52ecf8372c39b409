package dev.sublinear.model.attention;

import dev.sublinear.kvcache.storage.Float32Rows;
import dev.sublinear.kvcache.storage.Int8Rows;
import dev.sublinear.kvcache.storage.KvRows;
import dev.sublinear.kvcache.storage.KvStorage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What the kernel makes of the same numbers always: for a Java that interprets it, and for one that has compiled it. */
public final class AttentionBits {
    private static final int GROUP = 4;
    private static final int SIZE = 64;
    private static final int ROWS = 577;

    private AttentionBits() {}

    static List<Integer> of(DecodeAttention attention) {
        return List.of(of(attention, KvStorage.FLOAT32), of(attention, KvStorage.INT8));
    }

    private static int of(DecodeAttention attention, KvStorage storage) {
        Random random = new Random(3);
        float[] query = numbers(random, GROUP * SIZE, 1);
        float[] out = new float[query.length];
        KvRows rows = rows(storage, SIZE, 0, numbers(random, ROWS * SIZE, 1), numbers(random, ROWS * SIZE, 1));
        HeadAttention head = new HeadAttention();
        head.ask(query, 0.3f, GROUP, SIZE, out, 0);
        head.of(rows, DoubleBuffer.allocate(0), 0, ROWS);
        for (int block = 0; block < head.blocks(); block++) {
            head.attend(block, attention);
        }
        return Arrays.hashCode(out);
    }

    /** Stores rows from the row {@code first} on, in a memory of which all else is NaN. */
    static KvRows rows(KvStorage storage, int size, int first, float[] keys, float[] values) {
        int count = keys.length / size;
        int all = (first + count + 2 * KvRows.BLOCK - 1) / KvRows.BLOCK * KvRows.BLOCK;
        KvRows rows = storage == KvStorage.FLOAT32
                ? new Float32Rows(size, poisoned(all * size), poisoned(all * size))
                : new Int8Rows(size, bytes(all * size), poisoned(all), bytes(all * size), poisoned(all));
        float[] both = new float[2 * size];
        for (int row = 0; row < count; row++) {
            System.arraycopy(keys, row * size, both, 0, size);
            System.arraycopy(values, row * size, both, size, size);
            rows.put(first + row, both, 0, size);
        }
        return rows;
    }

    private static FloatBuffer poisoned(int count) {
        FloatBuffer numbers = bytes(count * Float.BYTES).asFloatBuffer();
        for (int i = 0; i < count; i++) {
            numbers.put(i, Float.NaN);
        }
        return numbers;
    }

    private static ByteBuffer bytes(int count) {
        return ByteBuffer.allocateDirect(count).order(ByteOrder.nativeOrder());
    }

    public static float[] numbers(Random random, int count, float spread) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = spread * (float) random.nextGaussian();
        }
        return numbers;
    }

    /** Prints them, without running the kernel before. */
    public static void main(String[] args) {
        System.out.println(of(DecodeAttention.open()));
    }
}
