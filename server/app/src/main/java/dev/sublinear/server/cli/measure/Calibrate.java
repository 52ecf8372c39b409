package dev.sublinear.server.cli.measure;

import dev.sublinear.engine.settings.MemoryPlan;
import dev.sublinear.engine.settings.Profile;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.evaluation.calibration.Calibration;
import dev.sublinear.evaluation.calibration.CalibrationGoal;
import dev.sublinear.evaluation.calibration.CalibrationResult;
import dev.sublinear.evaluation.calibration.ProfileWriter;
import dev.sublinear.evaluation.calibration.QualityTarget;
import dev.sublinear.evaluation.worker.ModelCopies;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.cli.command.CommandException;
import dev.sublinear.server.cli.command.ConfigOptions;
import dev.sublinear.server.cli.command.ProgressBar;
import dev.sublinear.server.config.ServerConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Finds the power law with the smallest footprint that keeps a model within a target, and writes its profile. */
@Command(
        name = "calibrate",
        description = {
            "Find the smallest α·n^C that keeps a model within a target, check it on other documents, and write",
            "kv-profile.json, which serve, generate and inspect use when it lies in the model's directory."
        },
        mixinStandardHelpOptions = true)
public final class Calibrate implements Callable<Integer> {
    private final Map<String, String> environment;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Mixin
    private final MeasuringOptions measuring = new MeasuringOptions(Path.of("calibration"));

    @ArgGroup
    private TargetOption target = new TargetOption();

    @Option(
            names = "--documents",
            paramLabel = "N",
            description = "documents, half to fit and half to check (default: 8)")
    private int documents = 8;

    @Option(
            names = "--scorers",
            split = ",",
            paramLabel = "NAME",
            description = "scorers to choose from (default: --scorer)")
    private List<String> scorers = List.of();

    @Spec
    private @Nullable CommandSpec spec;

    public Calibrate(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        ServerConfig config = options.read(environment);
        Path out = measuring.out();
        ModelSource source = config.model().source();
        try (Checkpoint checkpoint = source.checkpoint();
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            int longest = measuring.length(checkpoint.spec().maxPositions());
            CalibrationGoal goal = new CalibrationGoal(
                    target.read(),
                    longest,
                    documents,
                    scorers.isEmpty()
                            ? List.of(config.engine().cache().policy().scorer().text())
                            : scorers);
            Files.createDirectories(out);
            String fingerprint = checkpoint.fingerprint();
            CalibrationResult calibrated = new Calibration(
                            new ModelCopies(
                                    source::checkpoint,
                                    config.engine()
                                            .execution(
                                                    checkpoint.spec(),
                                                    checkpoint.weights().type())),
                            fingerprint,
                            goal,
                            config.engine().cache().policy(),
                            measuring.corpus(tokenizer),
                            measuring.workers(),
                            config.engine().cache().capacity().of(MemoryPlan.machineOrControlGroup()),
                            out.resolve("results.jsonl"))
                    .run(ProgressBar.on(commandLine().getErr()));
            print(calibrated);
            if (!calibrated.met()) {
                throw new CommandException("the target does not hold on the documents that were not fitted on; no "
                        + Profile.FILE + " was written: allow more with --"
                        + goal.target().measure().key() + ", or fit on more --documents");
            }
            Path file = ProfileWriter.write(calibrated, config.model().name(), fingerprint, out);
            commandLine().getOut().println("wrote " + file + "; put it into the model's directory to use it");
            commandLine().getOut().flush();
        } catch (IllegalArgumentException | IOException | UncheckedIOException e) {
            throw new CommandException(String.valueOf(e.getMessage()), e);
        }
        return 0;
    }

    private void print(CalibrationResult calibrated) {
        PrintWriter out = commandLine().getOut();
        line(
                out,
                "keys for 95 %% of the attention grow as n^%.2f [%.2f, %.2f]",
                calibrated.exponent().mean(),
                calibrated.exponent().low(),
                calibrated.exponent().high());
        line(out, "%-24s %9s %9s  %s", "scorer", "exponent", "alpha", "footprint");
        for (CalibrationResult.Candidate candidate : calibrated.candidates()) {
            String scorer = candidate.scorer();
            if (Double.isFinite(candidate.alpha())) {
                line(
                        out,
                        "%-24s %9.2f %9.3f  %.1f%%",
                        scorer,
                        candidate.exponent(),
                        candidate.alpha(),
                        100 * candidate.footprintShare());
            } else {
                line(out, "%-24s %9.2f %9s  misses the target", scorer, candidate.exponent(), "-");
            }
        }
        line(
                out,
                "chosen: %s, %s; on documents not fitted on:",
                calibrated.setting().budget(),
                calibrated.setting().scorer());
        line(
                out,
                "%9s %9s %14s %7s  %-25s  %s",
                "n",
                "retained",
                "bytes",
                "share",
                "expected KL, nats",
                "and rise of the NLL");
        for (CalibrationResult.Checked row : calibrated.checked()) {
            line(
                    out,
                    "%,9d %,9d %,14d %6.1f%%  %-25s  %s",
                    row.n(),
                    row.kept(),
                    row.bytes(),
                    100.0 * row.bytes() / row.uncutBytes(),
                    row.kl().text(4),
                    row.nll().text(4));
        }
        out.flush();
    }

    private static void line(PrintWriter out, String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }

    private picocli.CommandLine commandLine() {
        return Objects.requireNonNull(spec).commandLine();
    }

    /** The option for the target: a KL divergence or a rise of the negative log-likelihood, not both. */
    private static final class TargetOption {
        @Option(
                names = "--target-kl",
                paramLabel = "NATS",
                description =
                        "the most that the next token may diverge from the full cache's, at any length (default: 0.03)")
        private @Nullable Double kl;

        @Option(
                names = "--target-nll",
                paramLabel = "NATS",
                description = "or the most that the true next token may cost more than with the full cache")
        private @Nullable Double nll;

        QualityTarget read() {
            return nll != null
                    ? new QualityTarget(QualityTarget.Measure.NLL, nll)
                    : new QualityTarget(QualityTarget.Measure.KL, kl != null ? kl : 0.03);
        }
    }
}
