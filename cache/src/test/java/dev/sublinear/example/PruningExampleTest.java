package dev.sublinear.example;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.budget.ReservedBudget;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The example of the package's documentation, as a stranger would write it: outside the package, with DJL alone. */
final class PruningExampleTest {
    private static final int TOKENS = 600;
    private static final HeadLaws LAWS = HeadLaws.of(List.of(List.of(BudgetSchedule.PowerLaw.DEFAULT)));

    @Test
    void example_sixHundredTokens_holdsTheBudgetAndSlack() {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            assertThat(decode(manager)).isEqualTo(210); // trimmed to 8·√584 = 194 at 584, and 16 since
            assertThat(manager.getManagedArrays()).isEmpty();
        }
    }

    private static int decode(NDManager manager) {
        int held = 0;
        // example
        BudgetSchedule budget = BudgetSchedule.parse("power-law:alpha=8,exponent=0.5");
        EvictionPolicy policy = EvictionPolicy.of(budget, new HeavyHitterScorer());
        KvShape shape = new KvShape(1, 2, 16); // layers, key-value heads, head size
        KvMemory memory = new KvMemory(1 << 20);
        KvMemory.Reservation room =
                memory.reserve(shape.peakBytes(policy, TOKENS)).orElseThrow();
        try (KvCache cache = new KvCache(manager, shape, policy, room, KvCacheListener.NONE)) {
            for (int token = 0; token < TOKENS; token++) {
                try (NDScope step = new NDScope()) {
                    LayerCache layer = cache.layer(0);
                    layer.claim(1);
                    layer.write(project(manager), project(manager));
                    NDArray scores = project(manager).matMul(layer.view().keys().transpose(0, 2, 1));
                    NDArray weights = scores.div(4).softmax(-1);
                    NDArray output = weights.matMul(layer.view().values());
                    layer.settle(new AttentionStep(weights));
                    layer.trim();
                    // end
                    step.suppressNotUsedWarning();
                    assertThat(output.getShape()).isEqualTo(new Shape(2, 1, 16));
                    assertThat(layer.length(0)).isLessThanOrEqualTo(budget.budget(token + 1) + policy.slack());
                    held = layer.length(0);
                }
            }
        }
        return held;
    }

    /** Stands for a model's projection of one token to its query, key or value: (kvHeads, 1, headDim). */
    private static NDArray project(NDManager manager) {
        return manager.ones(new Shape(2, 1, 16));
    }

    @Test
    void example_inThePackageDocumentation_isThisOne() throws IOException {
        List<String> code = lines("src/test/java/dev/sublinear/example/PruningExampleTest.java")
                .dropWhile(line -> !line.equals("// example"))
                .skip(1)
                .takeWhile(line -> !line.equals("// end"))
                .toList();
        List<String> documentation = lines("src/main/java/dev/sublinear/kvcache/package-info.java")
                .map(line -> line.replaceFirst("^\\* ?", "").strip())
                .toList();
        assertThat(code).hasSizeBetween(10, 20);
        assertThat(documentation).containsSequence(code);
    }

    @Test
    void budgets_inThePackageDocumentation_areAllThatThereAre() throws IOException {
        List<BudgetSchedule> documented = lines("src/main/java/dev/sublinear/kvcache/package-info.java")
                .filter(line -> line.startsWith("* <tr><td>{@code "))
                .map(line -> BudgetSchedule.parse(line.replaceFirst(".*\\{@code ([^}]*)}.*", "$1"), Optional.of(LAWS)))
                .toList();
        assertThat(Stream.concat(documented.stream().<Object>map(Object::getClass), Stream.of(ReservedBudget.class)))
                .as("all but that of a sequence's reservation, which nobody writes")
                .containsExactlyInAnyOrder((Object[]) BudgetSchedule.class.getPermittedSubclasses());
    }

    private static Stream<String> lines(String file) throws IOException {
        return Files.readAllLines(Path.of(file)).stream().map(String::strip);
    }
}
