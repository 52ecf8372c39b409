package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A query is told by the number {@code 100 · position + 10 · key-value head + query head of it}, in all dimensions. */
final class QueryRingTest {
    private static final int DIM = 2;
    private static final KvShape SHAPE = new KvShape(1, 3, 2, DIM, KvStorage.FLOAT32, List.of(0));

    private final NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    private final KvMemory memory = new KvMemory(1 << 20);
    private final KvMemory.Reservation room = memory.reserve(1 << 20).orElseThrow();

    @AfterEach
    void close() {
        manager.close();
    }

    private QueryRing ring(int tokens) {
        QueryRing ring = new QueryRing(SHAPE, tokens, manager, room);
        ring.own();
        return ring;
    }

    /** Writes those of the tokens from {@code from} up to {@code to}, in some heads. */
    private void write(QueryRing ring, int from, int to, int firstHead, int heads) {
        float[] numbers = new float[heads * (to - from) * 2 * DIM];
        int at = 0;
        for (int head = firstHead; head < firstHead + heads; head++) {
            for (int position = from; position < to; position++) {
                for (int i = 0; i < 2 * DIM; i++) {
                    numbers[at++] = 100 * position + 10 * head + i / DIM;
                }
            }
        }
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            ring.write(to, firstHead, manager.create(numbers, new Shape(heads, 2L * (to - from), DIM)));
        }
    }

    /** Reads the numbers of one head, one for each of its query heads and tokens. */
    private static List<Integer> newest(QueryRing ring, int seen, int head) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray newest = ring.newest(seen, head, 1);
            float[] all = newest.toFloatArray();
            assertThat(newest.getShape()).isEqualTo(new Shape(1, all.length / (2 * DIM), 2, DIM));
            List<Integer> numbers = new ArrayList<>();
            for (int i = 0; i < all.length; i += DIM) {
                assertThat(all[i + 1]).isEqualTo(all[i]);
                numbers.add((int) all[i]);
            }
            return numbers;
        }
    }

    private static List<Integer> numbers(IntStream positions, int head) {
        return positions
                .flatMap(position -> IntStream.of(100 * position + 10 * head, 100 * position + 10 * head + 1))
                .boxed()
                .toList();
    }

    private static void assertNewest(QueryRing ring, int seen, int from) {
        for (int head = 0; head < 3; head++) {
            assertThat(newest(ring, seen, head)).isEqualTo(numbers(IntStream.range(from, seen), head));
        }
    }

    @Test
    void newest_fewerTokensThanPlaces_areAll() {
        QueryRing ring = ring(5);
        assertNewest(ring, 0, 0);
        write(ring, 0, 3, 0, 3);
        assertNewest(ring, 3, 0);
    }

    @Test
    void newest_moreTokensThanPlaces_areTheNewestOldestFirst() {
        QueryRing ring = ring(5);
        write(ring, 0, 3, 0, 3);
        write(ring, 3, 7, 0, 3);
        assertNewest(ring, 7, 2);
        write(ring, 7, 24, 0, 3);
        assertNewest(ring, 24, 19);
    }

    @Test
    void write_headByHead_isAsAllAtOnce() {
        QueryRing ring = ring(4);
        for (int head : new int[] {2, 0, 1}) {
            write(ring, 0, 6, head, 1);
        }
        assertNewest(ring, 6, 2);
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            float[] all = ring.newest(6, 0, 3).toFloatArray();
            float[] last = ring.newest(6, 1, 2).toFloatArray();
            assertThat(last).hasSize(2 * 4 * 2 * DIM).isEqualTo(Arrays.copyOfRange(all, all.length / 3, all.length));
        }
    }

    @Test
    void truncate_newestTokens_forgetsThemAndThoseWhosePlacesTheyHadTaken() {
        QueryRing ring = ring(5);
        write(ring, 0, 12, 0, 3);
        ring.truncate(12, 9);
        assertNewest(ring, 9, 7); // 7 to 11 were there
        write(ring, 9, 10, 0, 3);
        assertNewest(ring, 10, 7);
        write(ring, 10, 13, 0, 3);
        assertNewest(ring, 13, 8);
    }

    @Test
    void truncate_moreTokensThanPlaces_forgetsAllUntilNewOnesCome() {
        QueryRing ring = ring(5);
        write(ring, 0, 40, 0, 3);
        ring.truncate(40, 20);
        assertNewest(ring, 20, 20);
        write(ring, 20, 22, 0, 3);
        assertNewest(ring, 22, 20);
        ring.truncate(22, 3);
        assertNewest(ring, 3, 3);
        write(ring, 3, 10, 0, 3);
        assertNewest(ring, 10, 5);
    }

    @Test
    void fork_whereOneWrites_theOtherKeepsItsOwn() {
        QueryRing ring = ring(5);
        write(ring, 0, 6, 0, 3);
        ring.truncate(6, 5);
        QueryRing fork = ring.fork(manager, room);
        assertThat(fork.column().bytes()).isZero();
        write(fork, 5, 9, 0, 3);
        assertNewest(ring, 5, 1);
        assertNewest(fork, 9, 4);
        assertThat(fork.column().bytes()).isEqualTo(ring.column().bytes()).isEqualTo(5L * 3 * 2 * DIM * Float.BYTES);
    }

    /** Against a list of the positions whose queries are there. */
    @Test
    void newest_afterRandomWritesAndTruncations_areThoseOfAList() {
        for (long seed : Seed.each(30)) {
            Random random = new Random(seed);
            int places = 1 + random.nextInt(9);
            QueryRing ring = ring(places);
            List<Integer> there = new ArrayList<>();
            int seen = 0;
            for (int step = 0; step < 60; step++) {
                int before = seen;
                if (random.nextInt(4) == 0) {
                    seen = random.nextInt(before + 1);
                    ring.truncate(before, seen);
                    int end = seen;
                    there.removeIf(position -> position >= end);
                } else {
                    seen += 1 + random.nextInt(12);
                    write(ring, before, seen, 0, 3);
                    IntStream.range(before, seen).forEach(there::add);
                    there.subList(0, Math.max(0, there.size() - places)).clear();
                }
                assertThat(newest(ring, seen, 1))
                        .as("seed %s, step %s", seed, step)
                        .isEqualTo(numbers(there.stream().mapToInt(Integer::intValue), 1));
            }
        }
    }
}
