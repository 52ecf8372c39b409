package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.FaultyModel.Fault;
import dev.sublinear.engine.generation.FaultyModel.Phase;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted.Scope;
import dev.sublinear.kvcache.Protection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Steps that fail on a real decoder: nobody fails with another, and nobody loses a bit. */
final class StepFaultsTest extends NeedleTestCase {
    /** Three requests that differ in what is pinned, so that a fault can follow one of them. */
    private static List<GenerationRequest> three() {
        return List.of(
                needle(PRUNED.pinning(new Protection.Span(10, 11))),
                GenerationRequest.of(prompt(4, 20), 5, UNLIMITED.pinning(new Protection.Span(11, 12)))
                        .with(new LogprobsWanted(Scope.ANSWER, 1)),
                GenerationRequest.of(prompt(5, 90), 5, PRUNED.pinning(new Protection.Span(12, 13)))
                        .with(new LogprobsWanted(Scope.ANSWER, 1)));
    }

    /** Runs all at once; returns which failed, when it has found the others as they are alone. */
    private List<Integer> failedAmong(List<GenerationRequest> requests, List<Recorder> expected, Fault fault) {
        Run run = new Run(settings(0.5, 1), 1000);
        List<Recorder> recorders =
                requests.stream().map(request -> new Recorder()).toList();
        for (int i = 0; i < requests.size(); i++) {
            run.submit(requests.get(i), recorders.get(i));
        }
        model.fail(fault);
        run.finish();
        List<Integer> failed = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            if (recorders.get(i).failed()) {
                failed.add(i);
            } else {
                assertSame(recorders.get(i), expected.get(i), fault + ", request " + i);
            }
        }
        return failed;
    }

    @Test
    void step_failingOnceInAnyRowStepAndPhase_failsAtMostThatOne() {
        List<GenerationRequest> requests = three();
        List<Recorder> expected = requests.stream().map(this::alone).toList();
        int faults = 0;
        for (Phase phase : List.of(Phase.NONE, Phase.BEFORE, Phase.AFTER, Phase.NOT_A_NUMBER)) {
            for (int step = 0; step < 10; step++) {
                for (int row = 0; row < 3; row++) {
                    Fault fault = new Fault(phase, step, Optional.empty(), row);
                    List<Integer> failed = failedAmong(requests, expected, fault);
                    assertThat(failed).as("%s", fault).hasSizeLessThanOrEqualTo(phase == Phase.NONE ? 0 : 1);
                    faults += failed.size();
                }
            }
        }
        assertThat(faults).isPositive();
    }

    @Test
    void sequence_failingWheneverItIsReadFromAnyStepInAnyPhase_failsAlone() {
        List<GenerationRequest> requests = three();
        List<Recorder> expected = requests.stream().map(this::alone).toList();
        for (Phase phase : Phase.values()) {
            int faults = 0;
            for (int step = 0; step < 10; step++) {
                for (int row = 0; row < 3; row++) {
                    Fault fault =
                            new Fault(phase, step, Optional.of(requests.get(row).policy()), row);
                    List<Integer> failed = failedAmong(requests, expected, fault);
                    assertThat(failed).as("%s", fault).isSubsetOf(row);
                    faults += failed.size();
                }
            }
            assertThat(faults > 0).as("%s fails somebody", phase).isEqualTo(phase != Phase.NONE);
        }
    }
}
