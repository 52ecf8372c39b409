package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.storage.KvStorage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Reads random tokens into caches, a random number at a time, forks, truncates and closes them at random, and does the same to
 * their twins; compares the two after every piece, and the bytes of the tensors that are alive with those counted.
 */
final class LayerWalk {
    private static final int MOST_CACHES = 3;

    /**
     * What a walk does; a failed test prints it.
     *
     * @param tokens after which a cache is closed
     * @param operations appends, observations, trims, forks, snapshots and truncations, at least
     */
    record Plan(EvictionPolicy policy, KvShape shape, int tokens, int operations, long seed) {

        /** Two layers with one window, 0 for none, and heads of four numbers. */
        static KvShape shape(int kvHeads, int group, KvStorage storage, int window) {
            return new KvShape(2, kvHeads, group, 4, storage, Collections.nCopies(2, window));
        }
    }

    /** A cache and the twins of its layers. */
    private record Life(KvCache cache, List<ReferenceLayer> twins) {}

    private final Plan plan;
    private final KvShape shape;
    private final NDManager manager;
    private final Random random;
    private final ReferenceRank rank;
    private final KvMemory memory = new KvMemory(Long.MAX_VALUE);
    private final List<Life> lives = new ArrayList<>();
    private int operations;
    private int trims;

    LayerWalk(Plan plan, NDManager manager) {
        this.plan = plan;
        this.shape = plan.shape();
        this.manager = manager;
        this.random = new Random(plan.seed());
        Scorer scorer = plan.policy().scorer();
        this.rank = scorer instanceof HeavyHitterScorer
                ? new ReferenceRank.Sums((token, seen) -> token.tokenState[0] / (seen - token.position))
                : scorer instanceof RecencyScorer
                        ? new ReferenceRank.Sums((token, seen) -> token.position)
                        : new ReferenceRank.Asked(scorer, shape, manager);
    }

    /** Returns how many operations it did. */
    int run() {
        int before = manager.getManagedArrays().size();
        while (operations < plan.operations()) {
            if (lives.isEmpty()) {
                open();
            }
            Life life = lives.get(random.nextInt(lives.size()));
            switch (random.nextInt(20)) {
                case 0 -> fork(life);
                case 1 -> truncate(life);
                case 2 -> forkASnapshot(life);
                default -> read(life);
            }
            for (Life other : lives) {
                if (other.equals(life) || random.nextInt(8) == 0) {
                    assertSame(other);
                }
            }
            assertBytes(0);
            if (life.cache().seen() >= plan.tokens()) {
                life.cache().close();
                lives.remove(life);
                assertBytes(0);
            }
        }
        lives.forEach(life -> life.cache().close());
        assertThat(manager.getManagedArrays()).hasSize(before);
        assertThat(memory.used()).isZero();
        assertThat(memory.reserved()).isZero();
        return operations;
    }

    int trims() {
        return trims;
    }

    private void open() {
        KvCache cache = new KvCache(manager, shape, plan.policy(), reserve(), KvCacheListener.NONE);
        List<ReferenceLayer> twins = new ArrayList<>();
        for (int layer = 0; layer < shape.layers(); layer++) {
            twins.add(new ReferenceLayer(shape, plan.policy(), layer, rank));
        }
        lives.add(new Life(cache, twins));
    }

    private KvMemory.Reservation reserve() {
        return memory.reserve(shape.peakBytes(plan.policy(), plan.tokens())).orElseThrow();
    }

    private void fork(Life life) {
        if (lives.size() < MOST_CACHES) {
            fork(life.cache(), life.twins());
        }
    }

    private void fork(KvCache cache, List<ReferenceLayer> twins) {
        KvCache fork = cache.fork(reserve(), KvCacheListener.NONE);
        Life other = new Life(fork, twins.stream().map(ReferenceLayer::fork).toList());
        lives.add(other);
        assertSame(other);
        operations++;
    }

    private void forkASnapshot(Life life) {
        if (lives.size() < MOST_CACHES) {
            KvMemory.Reservation room =
                    memory.reserve(life.cache().snapshotBytes()).orElseThrow();
            try (KvCache snapshot = life.cache().snapshot(room)) {
                assertSame(new Life(snapshot, life.twins()));
                assertBytes(snapshot.bytes());
                fork(snapshot, life.twins());
                assertBytes(snapshot.bytes());
            }
            operations++;
        }
    }

    private void truncate(Life life) {
        int least =
                life.twins().stream().mapToInt(twin -> twin.seenAtTrim).max().orElseThrow();
        int tokens = least + random.nextInt(life.cache().seen() - least + 1);
        life.cache().truncate(tokens);
        life.twins().forEach(twin -> twin.truncate(tokens));
        operations++;
    }

    private void read(Life life) {
        KvCache cache = life.cache();
        int tokens = Math.min(1 + random.nextInt(random.nextBoolean() ? 3 : 90), plan.tokens() - cache.seen());
        for (int index = 0; index < shape.layers(); index++) {
            LayerCache layer = cache.layer(index);
            int end = layer.seen() + tokens;
            if (random.nextBoolean()) {
                layer.expect(tokens);
            }
            while (layer.seen() < end) {
                try (NDScope scope = new NDScope()) {
                    scope.suppressNotUsedWarning();
                    int chunk = layer.nextChunk(end - layer.seen());
                    ReferenceLayer twin = life.twins().get(index);
                    trims += new WalkStep(shape, layer, twin, chunk, manager, random).run() > 0 ? 1 : 0;
                    operations += 3;
                    WalkAssertions.assertHeldWithinBudget(layer, shape.policy(plan.policy(), index));
                    if (random.nextInt(4) == 0) {
                        WalkAssertions.assertUnusedRowsAreClear(layer, shape);
                    }
                }
            }
        }
    }

    private void assertSame(Life life) {
        for (int layer = 0; layer < shape.layers(); layer++) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                WalkAssertions.assertSame(
                        life.cache().layer(layer), life.twins().get(layer));
            }
        }
    }

    /**
     * What is reported is what the tensors that are alive take.
     *
     * @param others bytes reported by other caches than those that live on
     */
    private void assertBytes(long others) {
        long bytes = 0;
        for (NDArray array : manager.getManagedArrays()) {
            bytes += array.size() * array.getDataType().getNumOfBytes();
        }
        assertThat(lives.stream().mapToLong(life -> life.cache().bytes()).sum() + others)
                .isEqualTo(bytes)
                .isEqualTo(memory.used());
        for (Life life : lives) {
            assertThat(life.cache().bytes()).isLessThanOrEqualTo(shape.peakBytes(plan.policy(), plan.tokens()));
        }
    }
}
