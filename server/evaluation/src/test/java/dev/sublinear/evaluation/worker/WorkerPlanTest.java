package dev.sublinear.evaluation.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.engine.settings.CacheCapacity;
import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class WorkerPlanTest {
    private static final long GIGABYTE = 1L << 30;
    private static final Set<Precision> EXACT = Set.of(Precisions.F32);

    private static ModelSpec spec;

    @BeforeAll
    static void read() {
        try (Checkpoint fixture = HuggingFaceCheckpoint.open(FixtureModel.directory())) {
            spec = fixture.spec();
        }
    }

    private static WorkerPlan plan(long limit, int most, long least, long wished) {
        WorkerPlan.Memory memory = new WorkerPlan.Memory(limit, GIGABYTE / 2, new CacheCapacity.OfWhatIsLeft());
        return WorkerPlan.of(memory, most, spec, EXACT, new WorkerPlan.Caches(256, least, wished));
    }

    @Test
    void of_plentyOfMemory_hasAsManyWorkersAsAskedForAndSharesTheCores() {
        WorkerPlan plan = plan(64 * GIGABYTE, 2, GIGABYTE, 2 * GIGABYTE);

        assertThat(plan.workers()).isEqualTo(2);
        assertThat(plan.threads()).isEqualTo(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
        assertThat(plan.capacity()).isBetween(2 * GIGABYTE, 32 * GIGABYTE);
    }

    @Test
    void of_memoryForOneWorkersWishes_hasOneWithAllCores() {
        WorkerPlan plan = plan(4 * GIGABYTE, 2, GIGABYTE / 2, 2 * GIGABYTE);

        assertThat(plan.workers()).isEqualTo(1);
        assertThat(plan.threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(plan.capacity()).isBetween(2 * GIGABYTE, 3 * GIGABYTE);
    }

    @Test
    void of_lessThanIsWished_measuresInTurnsWithWhatThereIs() {
        assertThat(plan(2 * GIGABYTE, 2, GIGABYTE / 2, 9 * GIGABYTE).capacity()).isBetween(GIGABYTE / 2, GIGABYTE);
    }

    @Test
    void of_lessThanTheLeast_isRefusedNamingWhatItNeeds() {
        assertThatThrownBy(() -> plan(GIGABYTE, 2, GIGABYTE / 2, GIGABYTE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "memory must hold the model and the caches of 256 tokens, 1\\.[78] GiB, was 1\\.0 GiB");
    }
}
