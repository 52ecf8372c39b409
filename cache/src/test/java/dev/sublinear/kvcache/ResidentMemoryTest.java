package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.storage.KvStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a cache gives back is really given back. */
@Tag("slow")
final class ResidentMemoryTest {
    private static final BudgetSchedule BUDGET = BudgetSchedule.parse("power-law:alpha=8,exponent=0.5");

    @ParameterizedTest
    @CsvSource({
        "1, FLOAT32",
        "10, FLOAT32",
        "100, FLOAT32",
        "1, FLOAT16",
        "10, FLOAT16",
        "100, FLOAT16",
        "1, INT8",
        "100, INT8"
    })
    void trim_anyNumberOfSequences_leavesTheBudgetAndOneSlackInNativeTensors(int sequences, KvStorage storage) {
        KvShape shape = new KvShape(2, 3, 32, storage);
        EvictionPolicy policy = EvictionPolicy.of(BUDGET, new HeavyHitterScorer());
        int tokens = sequences == 100 ? 300 : 1_500;
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            KvMemory memory = new KvMemory(sequences * shape.peakBytes(policy, tokens));
            List<KvCache> caches = new ArrayList<>();
            for (int i = 0; i < sequences; i++) {
                KvMemory.Reservation room =
                        memory.reserve(shape.peakBytes(policy, tokens)).orElseThrow();
                caches.add(new KvCache(manager, shape, policy, room, KvCacheListener.NONE));
            }
            caches.forEach(cache -> read(cache, shape, tokens));
            long bytes = manager.getManagedArrays().stream()
                    .mapToLong(array -> array.size() * array.getDataType().getNumOfBytes())
                    .sum();
            // A budget and a slack of tokens in each head and layer, in whole blocks of 64.
            int most = (policy.budget().budget(tokens) + policy.slack() + 1 + 63) / 64 * 64;
            LayerPolicy own = shape.policy(policy, 0);
            int least = caches.get(0).layer(0).length(0);
            assertThat(bytes)
                    .isEqualTo(memory.used())
                    .isBetween(
                            2L * sequences * shape.layerBytes(own, (long) shape.kvHeads() * least),
                            2L * sequences * shape.layerBytes(own, (long) shape.kvHeads() * most));
            caches.forEach(KvCache::close);
            assertThat(manager.getManagedArrays()).isEmpty();
        }
    }

    /** 10,000 sequences of 600 kB each, 6 GB in all, one after the other: nothing of them may stay. */
    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "reads /proc/self/status")
    void close_tenThousandSequences_leavesTheProcessOnAPlateau() throws IOException {
        KvShape shape = new KvShape(2, 3, 64);
        EvictionPolicy policy = EvictionPolicy.of(BUDGET, new RecencyScorer());
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            KvMemory memory = new KvMemory(shape.peakBytes(policy, 200));
            long plateau = 0;
            for (int i = 1; i <= 10_000; i++) {
                KvMemory.Reservation room =
                        memory.reserve(shape.peakBytes(policy, 200)).orElseThrow();
                try (KvCache cache = new KvCache(manager, shape, policy, room, KvCacheListener.NONE)) {
                    read(cache, shape, 190);
                }
                if (i == 1_000) {
                    plateau = residentBytes();
                }
            }
            assertThat(manager.getManagedArrays()).isEmpty();
            assertThat(memory.reserved()).isZero();
            // A leak of one key column of one layer in each would be 1.3 GB.
            assertThat(residentBytes() - plateau).isLessThan(200_000_000);
        }
    }

    private static long residentBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
    }

    private static void read(KvCache cache, KvShape shape, int tokens) {
        for (int index = 0; index < shape.layers(); index++) {
            LayerCache layer = cache.layer(index);
            while (layer.seen() < tokens) {
                try (NDScope scope = new NDScope()) {
                    scope.suppressNotUsedWarning();
                    int piece = layer.nextChunk(tokens - layer.seen());
                    try (NDManager step = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
                        NDArray vectors = step.ones(new Shape(shape.kvHeads(), piece, shape.headDim()));
                        layer.claim(piece);
                        layer.write(vectors, vectors);
                        layer.settle(new AttentionStep(step.ones(new Shape(shape.kvHeads(), piece, layer.length(0)))));
                    }
                    layer.trim();
                }
            }
        }
    }
}
