package dev.sublinear.server.cli.measure;

import dev.sublinear.engine.settings.Profile;
import dev.sublinear.evaluation.calibration.CalibrationGoal;
import dev.sublinear.evaluation.calibration.CalibrationGoal.Aim;
import dev.sublinear.evaluation.calibration.CalibrationResult;
import dev.sublinear.evaluation.calibration.CalibrationTexts;
import dev.sublinear.evaluation.calibration.LawForm;
import dev.sublinear.evaluation.calibration.ProfileWriter;
import dev.sublinear.evaluation.calibration.ShareSearch;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.cli.command.CommandException;
import dev.sublinear.server.cli.command.ConfigOptions;
import dev.sublinear.server.cli.command.HeadMap;
import dev.sublinear.server.cli.command.ProgressBar;
import dev.sublinear.server.config.ServerConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** Finds the power law of each head that keeps a model within a target, and writes its profile. */
@Command(
        name = "calibrate",
        description = {
            "Find how many tokens each head of a model needs, α·n^C with its own α, under the scorer in force; turn all",
            "until a target is met, check that on other documents, and write kv-profile.json where every command finds it."
        },
        mixinStandardHelpOptions = true)
public final class Calibrate implements Callable<Integer> {
    private final Map<String, String> environment;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Mixin
    private final MeasuringOptions measuring = new MeasuringOptions(Path.of("calibration"));

    @ArgGroup
    private AimOption aim = new AimOption();

    @Option(
            names = "--documents",
            paramLabel = "N",
            description = "documents, a third each to fit, to turn the knob and to check (default: 12)")
    private int documents = 12;

    @Option(
            names = "--own",
            paramLabel = "WHAT",
            description = "what each head has of its own: shares (default) of one law, or exponents too")
    private String own = LawForm.SHARES.text();

    @Option(
            names = "--whole",
            paramLabel = "SHARE",
            description = {
                "share of the heads that keep everything, those that lose most: they find again what nothing announced",
                "(default: 0.155; they hold at most 45 % of what is held after all of the context)"
            })
    private double whole = CalibrationGoal.USUAL_WHOLE;

    @Option(
            names = "--profile",
            paramLabel = "FILE",
            description = "where to write the profile (default: with the model)")
    private @Nullable Path profile;

    @Spec
    private @Nullable CommandSpec spec;

    public Calibrate(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        ServerConfig config = options.read(environment);
        try (Checkpoint checkpoint = config.model().source().checkpoint();
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            CalibrationGoal goal = new CalibrationGoal(
                    aim.read(),
                    measuring.length(checkpoint.spec().maxPositions()),
                    documents,
                    LawForm.parse(own),
                    whole);
            Files.createDirectories(measuring.out());
            CalibrationResult found = new CalibrationRun(
                            config,
                            checkpoint,
                            measuring.workers(),
                            measuring.out().resolve("results.jsonl"))
                    .run(
                            goal,
                            CalibrationTexts.of(goal, measuring.corpus(checkpoint, tokenizer), tokenizer),
                            ProgressBar.on(commandLine().getErr()));
            print(found);
            if (!found.met()) {
                throw new CommandException("the target does not hold on the documents that were not fitted on; no "
                        + Profile.FILE + " was written: allow more with --target-kl, or use more --documents");
            }
            Path file = profile != null ? profile : config.model().source().profilePlace(checkpoint.fingerprint());
            ProfileWriter.write(found, config.model().name(), checkpoint.fingerprint(), file);
            line("wrote %s, which every command uses from now on where nothing else is configured", file);
            commandLine().getOut().flush();
        } catch (IllegalArgumentException | IOException | UncheckedIOException e) {
            throw new CommandException(String.valueOf(e.getMessage()), e);
        }
        return 0;
    }

    private void print(CalibrationResult found) {
        if (!found.knob().isEmpty()) {
            line("%9s  %s", "share", "largest KL at any length, nats");
            for (ShareSearch.Tried tried : found.knob()) {
                line("%8.1f%%  %.4f", 100 * tried.share(), tried.kl());
            }
        }
        HeadMap.of(found.laws(), found.policy(), found.shape(), found.goal().length())
                .forEach(text -> line("%s", text));
        line("under %s, on documents not fitted on:", found.policy().scorer().text());
        line("%9s %9s %14s %7s  %s", "n", "held", "bytes", "share", "expected KL, nats");
        for (CalibrationResult.Checked row : found.checked()) {
            line(
                    "%,9d %,9d %,14d %6.1f%%  %s",
                    row.n(),
                    row.kept(),
                    row.bytes(),
                    100.0 * row.bytes() / row.uncutBytes(),
                    row.kl().text(4));
        }
        commandLine().getOut().flush();
    }

    private void line(String format, Object... values) {
        PrintWriter out = commandLine().getOut();
        out.println(String.format(Locale.ROOT, format, values));
    }

    private picocli.CommandLine commandLine() {
        return Objects.requireNonNull(spec).commandLine();
    }

    /** The option for the aim: a KL divergence or a share of the tokens, not both. */
    private static final class AimOption {
        private static final double USUAL = 0.02;

        @Option(
                names = "--target-kl",
                paramLabel = "NATS",
                description =
                        "the most that the next token may diverge from the full cache's, at any length (default: 0.02)")
        private @Nullable Double kl;

        @Option(
                names = "--share",
                paramLabel = "SHARE",
                description = {
                    "or the share of the tokens that is held at the longest context just after a trim, in whole blocks of",
                    "64, such as 0.2"
                })
        private @Nullable Double share;

        Aim read() {
            return share != null ? new Aim.Share(share) : new Aim.Divergence(kl != null ? kl : USUAL);
        }
    }
}
