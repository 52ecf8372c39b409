package dev.sublinear.model.attention;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;

/** What the kernel makes of the same numbers always: for a Java that interprets it, and for one that has compiled it. */
public final class AttentionBits {
    private static final int GROUP = 4;
    private static final int SIZE = 64;
    private static final int ROWS = 577;

    private AttentionBits() {}

    static int of(DecodeAttention attention) {
        Random random = new Random(3);
        float[] query = numbers(random, GROUP * SIZE, 1);
        float[] out = new float[query.length];
        FloatBuffer keys = buffer(numbers(random, ROWS * SIZE, 1));
        FloatBuffer values = buffer(numbers(random, ROWS * SIZE, 1));
        HeadAttention head = new HeadAttention();
        head.ask(query, 0.3f, GROUP, SIZE, out, 0);
        head.of(keys, values, DoubleBuffer.allocate(0), 0, ROWS);
        for (int block = 0; block < head.blocks(); block++) {
            head.attend(block, attention);
        }
        return Arrays.hashCode(out);
    }

    public static float[] numbers(Random random, int count, float spread) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = spread * (float) random.nextGaussian();
        }
        return numbers;
    }

    static FloatBuffer buffer(float[] numbers) {
        return ByteBuffer.allocateDirect(numbers.length * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer()
                .put(0, numbers);
    }

    /** Prints them, without running the kernel before. */
    public static void main(String[] args) {
        System.out.println(of(DecodeAttention.open()));
    }
}
