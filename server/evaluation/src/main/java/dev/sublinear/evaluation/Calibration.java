package dev.sublinear.evaluation;

import dev.sublinear.evaluation.Calibrated.Candidate;
import dev.sublinear.evaluation.Calibrated.Checked;
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
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Chooses α, C and a scorer for a model.
 *
 * <p>For a few exponents, the model's own among them, budgets on a geometric grid read the fitting documents side by side.
 * Between them the worst cost of any length is taken to follow a straight line in logarithms; α is where it meets the
 * target less a margin. Of all that do, the one with the smallest footprint over the {@link Mix} is checked on the other
 * documents. All are from the end of the corpus: {@link Evaluation} reads its beginning, so it judges a calibrated budget on
 * texts that this has not seen.
 */
public final class Calibration {
    /** Of the target, so that documents that were not fitted on meet it, too. */
    private static final double MARGIN = 0.85;

    private static final double[] EXPONENTS = {0.25, 0.5, 0.75};
    private static final double[] SHARES = {0.07, 0.1, 0.15, 0.22, 0.33, 0.5};

    private final ModelCopies model;
    private final String fingerprint;
    private final CalibrationGoal goal;
    private final EvictionPolicy policy;
    private final Corpus corpus;
    private final int workers;
    private final long capacity;
    private final Store store;

    /**
     * Prepares a calibration.
     *
     * @param policy whose protection and slack the chosen one has
     * @param file of JSON lines, as {@link Evaluation} has it
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
        this.store = new Store(file);
    }

    /**
     * Measures and chooses.
     *
     * @throws IllegalArgumentException if no candidate meets the target with half of the longest context
     */
    public Calibrated run(Workers.Progress progress) {
        List<Document> all = corpus.lastDocuments(goal.documents(), goal.length());
        List<Document> fitting = every(all, 0);
        List<Document> checking = every(all, 1);
        Readings fit = new Readings(model, fingerprint, store, workers, capacity, fitting);
        fit.read(List.of(), progress);
        Interval exponent = Exponent.typical(fit.attention(), Need::twentieth);
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
        Readings check = new Readings(model, fingerprint, store, workers, capacity, checking);
        check.read(List.of(chosen), progress);
        List<Summary> summaries = check.summaries(chosen);
        boolean met = summaries.stream().allMatch(goal.target()::met);
        return new Calibrated(
                goal, chosen, exponent, candidates, checked(summaries, chosen), met, names(fitting), names(checking));
    }

    private static List<Document> every(List<Document> documents, int remainder) {
        return IntStream.range(0, documents.size())
                .filter(i -> i % 2 == remainder)
                .mapToObj(documents::get)
                .toList();
    }

    private static List<String> names(List<Document> documents) {
        return documents.stream().map(Document::name).toList();
    }

    private Set<Double> exponents(double own) {
        Set<Double> exponents = new LinkedHashSet<>();
        for (double exponent : EXPONENTS) {
            exponents.add(exponent);
        }
        exponents.add(Math.max(0.05, Math.min(0.95, Math.round(own * 20) / 20.0))); // to the nearest twentieth
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

    /** The alpha that keeps a share of the longest context. */
    private double alpha(double share, double exponent) {
        return share * goal.length() / Math.pow(goal.length(), exponent);
    }

    private Setting setting(double alpha, double exponent, String scorer) {
        double rounded = Double.parseDouble(String.format(java.util.Locale.ROOT, "%.4g", alpha));
        return Setting.of(Models.EXACT, new PowerLaw(rounded, exponent, BudgetSchedule.DEFAULT_FLOOR), scorer, policy);
    }

    private List<Candidate> candidates(Readings fit, double own) {
        Mix mix = Mix.of(new Grid(goal.length()));
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

    private double smallestAlpha(Readings fit, double exponent, String scorer) {
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

    /** A true token may cost less without what was evicted: no logarithm would do, so the target's tenth stands for less. */
    private double logWorst(List<Summary> summaries) {
        Target target = goal.target();
        return Math.log(summaries.stream().mapToDouble(target::of).reduce(target.nats() / 10, Math::max));
    }

    private List<Checked> checked(List<Summary> summaries, Setting chosen) {
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
