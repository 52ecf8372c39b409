package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.attention.GrowthExponent;
import dev.sublinear.evaluation.attention.KeysNeeded;
import dev.sublinear.evaluation.calibration.CalibrationResult.Candidate;
import dev.sublinear.evaluation.calibration.CalibrationResult.Checked;
import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.fidelity.DocumentReadings;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.setting.LengthGrid;
import dev.sublinear.evaluation.setting.LengthMix;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Interval;
import dev.sublinear.evaluation.worker.ModelCopies;
import dev.sublinear.evaluation.worker.ResultLog;
import dev.sublinear.evaluation.worker.Workers;
import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Chooses α, C and a scorer for a model.
 *
 * <p>For a few exponents C, the model's own among them, budgets on a geometric grid of α read the fitting documents side by side.
 * Between two of them the logarithm of the worst loss at any length is interpolated linearly over the logarithm of α; α is where it
 * meets the target less a margin. Of the candidates that meet it, the one with the smallest footprint over the {@link LengthMix} is
 * checked on the other documents. All documents are from the end of the corpus: an evaluation reads its beginning, so it judges a
 * calibrated budget on texts that calibration has not seen.
 */
public final class Calibration {
    /** Share of the target to fit to, so that documents that were not fitted on meet the target, too. */
    private static final double MARGIN = 0.85;

    private static final double[] EXPONENTS = {0.25, 0.5, 0.75};

    /** The grid: shares of the longest context that a budget keeps at its end. */
    private static final double[] SHARES = {0.07, 0.1, 0.15, 0.22, 0.33, 0.5};

    private final ModelCopies model;
    private final String fingerprint;
    private final CalibrationGoal goal;
    private final EvictionPolicy policy;
    private final Corpus corpus;
    private final int workers;
    private final long capacity;
    private final ResultLog log;

    /**
     * Prepares a calibration.
     *
     * @param fingerprint of the checkpoint
     * @param policy whose protection and slack the chosen setting has
     * @param capacity bytes for the caches of one worker
     * @param file of results, JSON lines, in which readings are looked up and kept
     */
    public Calibration(
            ModelCopies model,
            String fingerprint,
            CalibrationGoal goal,
            EvictionPolicy policy,
            Corpus corpus,
            int workers,
            long capacity,
            Path file) {
        this.model = model;
        this.fingerprint = fingerprint;
        this.goal = goal;
        this.policy = policy;
        this.corpus = corpus;
        this.workers = workers;
        this.capacity = capacity;
        this.log = new ResultLog(file);
    }

    /**
     * Measures and chooses.
     *
     * @throws IllegalArgumentException if no candidate meets the target with half of the longest context
     */
    public CalibrationResult run(Workers.Progress progress) {
        List<Document> all = corpus.lastDocuments(goal.documents(), goal.length());
        List<Document> fitting = every(all, 0);
        List<Document> checking = every(all, 1);
        DocumentReadings fit = new DocumentReadings(model, fingerprint, log, workers, capacity, fitting);
        fit.read(List.of(), progress);
        Interval exponent = GrowthExponent.typical(fit.attention(), KeysNeeded::keys95);
        List<Setting> grid = grid(exponent.mean());
        fit.read(grid, progress);
        List<Candidate> candidates = candidates(fit, exponent.mean());
        Candidate best = candidates.stream()
                .filter(candidate -> Double.isFinite(candidate.alpha()))
                .min(Comparator.comparingDouble(Candidate::footprintShare))
                .orElseThrow(() -> new IllegalArgumentException("no power law keeps " + goal.target() + " with half of "
                        + goal.length() + " tokens; allow more with --"
                        + goal.target().measure().key()));
        Setting chosen = setting(best.alpha(), best.exponent(), best.scorer());
        DocumentReadings check = new DocumentReadings(model, fingerprint, log, workers, capacity, checking);
        check.read(List.of(chosen), progress);
        List<SettingSummary> summaries = check.summaries(chosen);
        boolean met = summaries.stream().allMatch(goal.target()::met);
        return new CalibrationResult(
                goal, chosen, exponent, candidates, checked(summaries, chosen), met, names(fitting), names(checking));
    }

    /** Returns every second document. */
    private static List<Document> every(List<Document> documents, int remainder) {
        return IntStream.range(0, documents.size())
                .filter(i -> i % 2 == remainder)
                .mapToObj(documents::get)
                .toList();
    }

    private static List<String> names(List<Document> documents) {
        return documents.stream().map(Document::name).toList();
    }

    /** Returns the exponents to fit: the standard ones and the model's own, rounded to the nearest twentieth. */
    private Set<Double> exponents(double own) {
        Set<Double> exponents = new LinkedHashSet<>();
        for (double exponent : EXPONENTS) {
            exponents.add(exponent);
        }
        exponents.add(Math.max(0.05, Math.min(0.95, Math.round(own * 20) / 20.0)));
        return exponents;
    }

    private List<Setting> grid(double own) {
        List<Setting> settings = new ArrayList<>();
        for (String scorer : goal.scorers()) {
            for (double exponent : exponents(own)) {
                for (double share : SHARES) {
                    settings.add(setting(alpha(share, exponent), exponent, scorer));
                }
            }
        }
        return settings;
    }

    /** Returns the alpha with which a share of the longest context is kept at its end. */
    private double alpha(double share, double exponent) {
        return share * goal.length() / Math.pow(goal.length(), exponent);
    }

    private Setting setting(double alpha, double exponent, String scorer) {
        double rounded = Double.parseDouble(String.format(Locale.ROOT, "%.4g", alpha));
        return Setting.of(Setting.EXACT, new PowerLaw(rounded, exponent, BudgetSchedule.DEFAULT_FLOOR), scorer, policy);
    }

    private List<Candidate> candidates(DocumentReadings fit, double own) {
        LengthMix mix = LengthMix.of(new LengthGrid(goal.length()));
        List<Candidate> candidates = new ArrayList<>();
        for (String scorer : goal.scorers()) {
            for (double exponent : exponents(own)) {
                double alpha = smallestAlpha(fit, exponent, scorer);
                double share = Double.isFinite(alpha)
                        ? mix.footprint(setting(alpha, exponent, scorer)
                                        .policy()
                                        .budget())
                                / mix.footprint(new Unlimited())
                        : Double.NaN;
                candidates.add(new Candidate(scorer, exponent, alpha, share));
            }
        }
        return candidates;
    }

    /** Returns the smallest alpha that meets the target less the margin; not a number if none on the grid does. */
    private double smallestAlpha(DocumentReadings fit, double exponent, String scorer) {
        double wanted = Math.log(goal.target().nats() * MARGIN);
        double alphaBefore = Double.NaN;
        double worstBefore = Double.NaN;
        for (double share : SHARES) {
            double alpha = alpha(share, exponent);
            double worst = logWorst(fit.summaries(setting(alpha, exponent, scorer)));
            if (worst <= wanted) {
                if (Double.isNaN(alphaBefore)) {
                    return alpha;
                }
                double part = (worstBefore - wanted) / (worstBefore - worst);
                return Math.exp(Math.log(alphaBefore) + part * Math.log(alpha / alphaBefore));
            }
            alphaBefore = alpha;
            worstBefore = worst;
        }
        return Double.NaN;
    }

    /**
     * Returns the logarithm of the largest loss at any length. A loss can be negative, where the true token is likelier without what
     * was evicted, so it counts as a tenth of the target at least.
     */
    private double logWorst(List<SettingSummary> summaries) {
        QualityTarget target = goal.target();
        return Math.log(summaries.stream().mapToDouble(target::lossOf).reduce(target.nats() / 10, Math::max));
    }

    private List<Checked> checked(List<SettingSummary> summaries, Setting chosen) {
        KvShape shape = model.spec().kvShape();
        EvictionPolicy uncut =
                EvictionPolicy.of(new Unlimited(), chosen.policy().scorer());
        return summaries.stream()
                .map(summary -> new Checked(
                        summary.n(),
                        chosen.policy().keep(summary.n()),
                        shape.keptBytes(chosen.policy(), summary.n()),
                        shape.keptBytes(uncut, summary.n()),
                        summary.kl(),
                        summary.nll()))
                .toList();
    }
}
