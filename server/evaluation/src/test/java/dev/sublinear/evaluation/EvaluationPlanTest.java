package dev.sublinear.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.evaluation.EvaluationPlan.Part;
import dev.sublinear.evaluation.worker.WorkerPlan;
import java.util.LinkedHashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EvaluationPlanTest {

    /** The set is written into report.json; an unordered one would differ from process to process. */
    @Test
    void parts_inWhateverOrderTheyAreNamed_areInThatOfTheirDeclaration() {
        for (List<Part> named : List.of(
                List.of(Part.SPEED, Part.FIDELITY, Part.PROBES), List.of(Part.PROBES, Part.SPEED, Part.FIDELITY))) {
            EvaluationPlan plan = new EvaluationPlan(
                    new LinkedHashSet<>(named), List.of(), List.of(), 2, 256, 2, 256, new WorkerPlan(1, 1, 1_000_000));

            assertThat(plan.parts()).containsExactly(Part.FIDELITY, Part.PROBES, Part.SPEED);
        }
    }
}
