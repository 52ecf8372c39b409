package dev.sublinear.server.cli.measure;

import dev.sublinear.engine.settings.MemoryPlan;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.evaluation.calibration.Calibration;
import dev.sublinear.evaluation.calibration.CalibrationGoal;
import dev.sublinear.evaluation.calibration.CalibrationResult;
import dev.sublinear.evaluation.calibration.CalibrationTexts;
import dev.sublinear.evaluation.worker.ModelCopies;
import dev.sublinear.evaluation.worker.Workers;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.server.config.ServerConfig;
import java.nio.file.Path;

/**
 * A calibration of the model that is configured, under the scorer that is configured, and the slack, or else the one that suits heads
 * with budgets of their own.
 *
 * @param checkpoint of the model, open
 * @param workers threads, each with a model of its own
 * @param results file of JSON lines, in which readings are looked up and kept
 */
record CalibrationRun(ServerConfig config, Checkpoint checkpoint, int workers, Path results) {

    CalibrationResult run(CalibrationGoal goal, CalibrationTexts texts, Workers.Progress progress) {
        ModelSource source = config.model().source();
        ModelCopies copies = new ModelCopies(
                source::checkpoint,
                config.engine()
                        .execution(checkpoint.spec(), checkpoint.weights().type()));
        long capacity = config.engine().cache().capacity().of(MemoryPlan.machineOrControlGroup());
        return new Calibration(
                        copies, checkpoint.fingerprint(), goal, policy(), texts, workers, capacity / workers, results)
                .run(progress);
    }

    private EvictionPolicy policy() {
        EvictionPolicy policy = config.engine().cache().policy();
        return new EvictionPolicy(
                policy.budget(),
                policy.scorer(),
                policy.protection(),
                policy.slack() == EvictionPolicy.DEFAULT_SLACK ? EvictionPolicy.DEFAULT_SLACK_BY_HEAD : policy.slack(),
                policy.guard());
    }
}
