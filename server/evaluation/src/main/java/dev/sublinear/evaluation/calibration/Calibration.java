package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.calibration.CalibrationGoal.Aim;
import dev.sublinear.evaluation.calibration.CalibrationResult.Checked;
import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.loss.HeadErrors;
import dev.sublinear.evaluation.setting.LengthGrid;
import dev.sublinear.evaluation.statistics.Bootstrap;
import dev.sublinear.evaluation.worker.ModelCopies;
import dev.sublinear.evaluation.worker.ResultLog;
import dev.sublinear.evaluation.worker.Workers;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.storage.KvStorage;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds the power law of each key-value head of a model, for the scorer in force.
 *
 * <p>One reading of each fitting document tells what every head loses by the tokens that it keeps; laws are fitted to the budgets
 * of equal marginal loss. The knob is the share of the tokens held at the longest context just after a trim, or the smallest share
 * whose divergence meets a target on documents of its own. The result is measured on a third set of documents.
 */
public final class Calibration {
    /** The shortest context that a divergence is told at, in tokens: below, hardly anything is evicted. */
    private static final int FROM = 256;

    private final CalibrationGoal goal;
    private final EvictionPolicy policy;
    private final KvShape shape;
    private final int context;
    private final int trimmed;
    private final CalibrationTexts documents;
    private final Readings readings;

    /**
     * Prepares a calibration.
     *
     * @param fingerprint of the checkpoint
     * @param policy whose scorer, protection and slack the result has
     * @param capacity bytes for the caches of one worker
     * @param file of results, JSON lines, in which readings are looked up and kept
     */
    public Calibration(
            ModelCopies model,
            String fingerprint,
            CalibrationGoal goal,
            EvictionPolicy policy,
            CalibrationTexts texts,
            int workers,
            long capacity,
            Path file) {
        this.goal = goal;
        this.policy = policy;
        this.shape = model.spec().kvShape(KvStorage.FLOAT32);
        this.context = model.spec().maxPositions();
        this.trimmed = goal.lastTrim(policy);
        this.documents = texts;
        this.readings = new Readings(model, fingerprint, new ResultLog(file), workers, capacity);
    }

    /**
     * Measures, fits, turns the knob and checks.
     *
     * @throws IllegalArgumentException if the divergence asked for is missed even with half of the tokens
     */
    public CalibrationResult run(Workers.Progress progress) {
        Phases phases = new Phases(progress, cost());
        List<HeadErrors> errors = readings.errors(
                documents.fitted(),
                policy.scorer(),
                policy.protection(),
                goal.grid(),
                phases.begin(Readings.costOfErrors(documents.fitted())));
        HeadErrors mean = HeadErrors.mean(errors);
        List<ShareSearch.Tried> knob = List.of();
        double share;
        if (goal.aim() instanceof Aim.Divergence most) {
            ShareSearch search = new ShareSearch(most.nats(), shares -> worst(mean, shares, phases));
            knob = search.run();
            share = search.best().orElseThrow().share();
        } else {
            share = ((Aim.Share) goal.aim()).share();
        }
        LawFit fit = fit(mean, share);
        double price = price(fit, share);
        HeadLaws laws = wholeScales(fit).of(fit.at(price));
        EvictionPolicy found = under(laws);
        List<double[]> divergences = readings.divergences(
                        documents.checked(),
                        List.of(found),
                        lengths(),
                        phases.begin(Readings.costOfDivergences(documents.checked(), 1)))
                .get(0);
        phases.end();
        return new CalibrationResult(
                goal,
                shape,
                found,
                laws,
                LawIntervals.of(errors, fit, price),
                knob,
                checked(found, divergences),
                documents.names());
    }

    private double cost() {
        boolean searches = goal.aim() instanceof Aim.Divergence;
        List<Document> tuned = documents.tuned();
        double search = Readings.costOfDivergences(tuned, ShareSearch.FIRST.size())
                + ShareSearch.ROUNDS * Readings.costOfDivergences(tuned, 1);
        return Readings.costOfErrors(documents.fitted())
                + (searches ? search : 0)
                + Readings.costOfDivergences(documents.checked(), 1);
    }

    /** Returns the fit with the most whole heads that hold no more at the end of the context than they may. */
    private LawFit fit(HeadErrors mean, double share) {
        int whole = goal.mostWhole(shape.layers() * shape.kvHeads());
        LawFit fit = new LawFit(mean, goal.form(), BudgetSchedule.DEFAULT_FLOOR, whole);
        while (fit.whole() > 0 && !wholeScales(fit).allow(fit.at(price(fit, share)), fit.whole())) {
            fit = fit.withWhole(fit.whole() - 1);
        }
        return fit;
    }

    private WholeScales wholeScales(LawFit fit) {
        return new WholeScales(fit.wholeHeads(), laws -> shape.keptTokens(under(laws), context), context);
    }

    private double price(LawFit fit, double share) {
        return fit.priceHolding(share * trimmed, this::held);
    }

    /** The tokens that a head holds at the longest context, just after a trim: the mean over the heads. */
    private double held(HeadLaws laws) {
        return shape.keptTokens(under(laws), trimmed);
    }

    private EvictionPolicy under(HeadLaws laws) {
        return new EvictionPolicy(laws, policy.scorer(), policy.protection(), policy.slack());
    }

    /** Returns for each share the largest divergence at any length, the mean over the documents that the knob is turned on. */
    private List<Double> worst(HeadErrors mean, List<Double> shares, Phases phases) {
        List<EvictionPolicy> policies = shares.stream()
                .map(share -> {
                    LawFit fit = fit(mean, share);
                    return under(fit.at(price(fit, share)));
                })
                .toList();
        return readings
                .divergences(
                        documents.tuned(),
                        policies,
                        lengths(),
                        phases.begin(Readings.costOfDivergences(documents.tuned(), shares.size())))
                .stream()
                .map(found -> IntStream.range(0, lengths().size())
                        .mapToDouble(length -> mean(at(found, length)))
                        .max()
                        .orElseThrow())
                .toList();
    }

    private List<Integer> lengths() {
        return new LengthGrid(goal.length())
                .lengths().stream().filter(n -> n >= FROM).toList();
    }

    private List<Checked> checked(EvictionPolicy found, List<double[]> divergences) {
        EvictionPolicy uncut = EvictionPolicy.of(new BudgetSchedule.Unlimited(), policy.scorer());
        return IntStream.range(0, lengths().size())
                .mapToObj(length -> {
                    int n = lengths().get(length);
                    return new Checked(
                            n,
                            (int) Math.round(shape.keptTokens(found, n)),
                            shape.keptBytes(found, n),
                            shape.keptBytes(uncut, n),
                            Bootstrap.mean(at(divergences, length)));
                })
                .toList();
    }

    private static double[] at(List<double[]> documents, int length) {
        return documents.stream().mapToDouble(lengths -> lengths[length]).toArray();
    }

    private static double mean(double[] values) {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .average()
                .orElseThrow();
    }
}
