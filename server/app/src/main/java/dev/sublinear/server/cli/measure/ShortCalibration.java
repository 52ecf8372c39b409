package dev.sublinear.server.cli.measure;

import dev.sublinear.evaluation.calibration.CalibrationGoal;
import dev.sublinear.evaluation.calibration.CalibrationGoal.Aim;
import dev.sublinear.evaluation.calibration.CalibrationResult;
import dev.sublinear.evaluation.calibration.CalibrationResult.Checked;
import dev.sublinear.evaluation.calibration.CalibrationTexts;
import dev.sublinear.evaluation.calibration.LawForm;
import dev.sublinear.evaluation.calibration.ProfileWriter;
import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.cli.command.CommandException;
import dev.sublinear.server.cli.command.ProgressBar;
import dev.sublinear.server.config.ServerConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** A calibration on few and short documents, before a server starts: a share of the tokens is given, and nothing is searched for. */
public final class ShortCalibration {
    private static final int LENGTH = 2048;
    private static final int DOCUMENTS = 6;

    /** Of the tokens at that length; at longer contexts the laws hold less. */
    private static final double SHARE = 0.35;

    private ShortCalibration() {}

    /**
     * Measures the configured model and writes its profile, where it is found at the next reading of the configuration.
     *
     * @param err for the progress and what was found
     */
    public static void run(ServerConfig config, PrintWriter err) {
        try (Checkpoint checkpoint = config.model().source().checkpoint();
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            int length = Math.min(LENGTH, checkpoint.spec().maxPositions());
            CalibrationGoal goal = new CalibrationGoal(
                    new Aim.Share(SHARE), length, DOCUMENTS, LawForm.SHARES, CalibrationGoal.USUAL_WHOLE);
            Path file = config.model().source().profilePlace(checkpoint.fingerprint());
            Corpus corpus = Corpus.bundled(tokenizer, ChatTemplate.of(checkpoint, tokenizer));
            CalibrationTexts texts = CalibrationTexts.of(goal, corpus, tokenizer);
            Path results = Files.createTempFile("sublinear-calibration", ".jsonl");
            try {
                int workers = Runtime.getRuntime().availableProcessors();
                CalibrationResult found =
                        new CalibrationRun(config, checkpoint, workers, results).run(goal, texts, ProgressBar.on(err));
                ProfileWriter.write(found, config.model().name(), checkpoint.fingerprint(), file);
                describe(found, file, err);
            } finally {
                Files.deleteIfExists(results);
            }
        } catch (IllegalArgumentException | IOException | UncheckedIOException e) {
            throw new CommandException("the model could not be calibrated: " + e.getMessage(), e);
        }
    }

    private static void describe(CalibrationResult found, Path file, PrintWriter err) {
        List<Checked> rows = found.checked();
        Checked last = rows.get(rows.size() - 1);
        err.printf(
                Locale.ROOT,
                "sublinear: calibrated: %.0f %% of %,d tokens are held, and the next token diverges by %.4f nats; kept in %s%n",
                100.0 * last.kept() / last.n(),
                last.n(),
                last.kl().mean(),
                file);
        err.flush();
    }
}
