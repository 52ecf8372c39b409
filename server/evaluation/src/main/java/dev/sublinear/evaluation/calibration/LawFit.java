package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.loss.HeadErrors;
import dev.sublinear.evaluation.loss.HeadErrors.AtLength;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Fits α·n^C to each head's budgets of equal marginal loss, by least squares on the logarithms of tokens over the logarithm of n.
 *
 * <p>Some heads are whole and keep everything: those that lose most when they keep few tokens. What nothing has announced is found
 * again by heads that hold all of it, so a few whole heads recall more than the same tokens spread over all. They have laws too, at
 * the same price, for a scale at which they are whole no more.
 *
 * @param measured the mean over documents
 * @param floor the least tokens that a law gives
 * @param whole heads that keep everything
 */
record LawFit(HeadErrors measured, LawForm form, int floor, int whole) {
    /** Heads are compared by what they lose with this many tokens, or the next budget that was measured. */
    private static final int FEW = 128;

    private static final double LEAST_PRICE = 1e-12;
    private static final double MOST_PRICE = 1;
    private static final int STEPS = 60;
    private static final double LEAST_EXPONENT = 0.01; // a power law has one above 0

    LawFit withWhole(int heads) {
        return new LawFit(measured, form, floor, heads);
    }

    /** Returns the laws of all heads at one price of a token; the whole ones are whole from scale 1 on. */
    HeadLaws at(double price) {
        List<int[][]> tokens = measured.lengths().stream()
                .map(length -> EqualPrice.tokens(length, price))
                .toList();
        List<Integer> wholeHeads = wholeHeads();
        double common = form == LawForm.SHARES ? clamp(slope(logs(totals(tokens, wholeHeads)))) : 0;
        List<List<HeadLaw>> laws = new ArrayList<>();
        for (int layer = 0; layer < tokens.get(0).length; layer++) {
            List<HeadLaw> heads = new ArrayList<>();
            for (int head = 0; head < tokens.get(0)[layer].length; head++) {
                double[] logs = logs(of(tokens, layer, head));
                double exponent = form == LawForm.SHARES ? common : clamp(slope(logs));
                PowerLaw law = new PowerLaw(Math.exp(mean(logs) - exponent * mean(logLengths())), exponent, floor);
                boolean isWhole = wholeHeads.contains(layer * tokens.get(0)[layer].length + head);
                heads.add(isWhole ? new HeadLaw(law, 1) : new HeadLaw(law));
            }
            laws.add(heads);
        }
        return new HeadLaws(laws, 1);
    }

    /**
     * Returns the least price at which laws hold no more than this many tokens.
     *
     * @param tokens of a head, the mean over the heads: at least the floor, and more than the whole heads hold
     * @param held what laws hold of them
     */
    double priceHolding(double tokens, ToDoubleFunction<HeadLaws> held) {
        double low = LEAST_PRICE;
        double high = MOST_PRICE;
        for (int step = 0; step < STEPS; step++) {
            double middle = Math.sqrt(low * high);
            if (held.applyAsDouble(at(middle)) > tokens) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    /** Returns the whole heads, counted through all layers, those that lose most first. */
    List<Integer> wholeHeads() {
        AtLength last = measured.lengths().get(measured.lengths().size() - 1);
        int few = (int)
                Arrays.stream(last.budgets()).filter(budget -> budget < FEW).count();
        return IntStream.range(0, last.layers() * last.heads())
                .boxed()
                .sorted(Comparator.comparingDouble(head -> -last.errors()[head / last.heads()][head % last.heads()][
                        Math.min(few, last.budgets().length - 1)]))
                .limit(whole)
                .toList();
    }

    /** The tokens of all heads but the whole ones, at each length. */
    private static double[] totals(List<int[][]> tokens, List<Integer> wholeHeads) {
        return tokens.stream()
                .mapToDouble(layers -> IntStream.range(0, layers.length * layers[0].length)
                        .filter(head -> !wholeHeads.contains(head))
                        .map(head -> layers[head / layers[0].length][head % layers[0].length])
                        .sum())
                .toArray();
    }

    private static double[] of(List<int[][]> tokens, int layer, int head) {
        return tokens.stream().mapToDouble(heads -> heads[layer][head]).toArray();
    }

    private static double[] logs(double[] tokens) {
        return Arrays.stream(tokens).map(Math::log).toArray();
    }

    private double[] logLengths() {
        return measured.lengths().stream()
                .mapToInt(AtLength::seen)
                .mapToDouble(Math::log)
                .toArray();
    }

    private double slope(double[] logs) {
        double[] lengths = logLengths();
        double products = 0;
        double squares = 0;
        for (int i = 0; i < logs.length; i++) {
            double x = lengths[i] - mean(lengths);
            products += x * (logs[i] - mean(logs));
            squares += x * x;
        }
        return products / squares;
    }

    private static double clamp(double exponent) {
        return exponent >= 0.99999 ? 1 : Math.max(LEAST_EXPONENT, exponent);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }
}
