package dev.sublinear.evaluation.calibration;

import dev.sublinear.kvcache.budget.HeadLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Finds from which scale of the laws on each whole head keeps everything, so that a smaller scale has fewer whole heads: as many as
 * hold at most 45 % of what is held at the end of the model's context.
 *
 * @param order the heads that are whole at scale 1, counted through all layers, those that lose most first
 * @param held tokens that a head holds at the end of the context, the mean over the heads
 * @param length of the context, in tokens
 */
record WholeScales(List<Integer> order, ToDoubleFunction<HeadLaws> held, int length) {
    /** Scales are told in thousandths. */
    private static final int STEPS = 1000;

    /** Returns laws at scale 1 whose whole heads have these scales. */
    HeadLaws of(HeadLaws laws) {
        double[] from = IntStream.rangeClosed(1, order.size())
                .mapToDouble(whole -> (double) leastSteps(laws, whole) / STEPS)
                .toArray();
        return whole(laws, from);
    }

    /** Returns the least scale at which the first heads of the order may be whole, at most 1. */
    private int leastSteps(HeadLaws laws, int whole) {
        double[] always = new double[whole];
        Arrays.fill(always, 1.0 / STEPS);
        HeadLaws tried = whole(laws, always);
        int low = 0;
        int high = STEPS;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (allow(tried.at((double) middle / STEPS), whole)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    /** Whether so many whole heads hold no more than they may. */
    boolean allow(HeadLaws laws, int whole) {
        double all = held.applyAsDouble(laws) * laws.layers().size() * laws.heads();
        return (double) whole * length <= CalibrationGoal.MOST_IN_WHOLE * all;
    }

    /** @param from scales of the first heads of the order */
    private HeadLaws whole(HeadLaws laws, double[] from) {
        int heads = laws.heads();
        return new HeadLaws(
                IntStream.range(0, laws.layers().size())
                        .mapToObj(layer -> IntStream.range(0, heads)
                                .mapToObj(head -> {
                                    int place = order.indexOf(layer * heads + head);
                                    HeadLaw law = new HeadLaw(
                                            laws.layers().get(layer).get(head).law());
                                    return place < 0 || place >= from.length
                                            ? law
                                            : new HeadLaw(law.law(), from[place]);
                                })
                                .toList())
                        .toList(),
                1);
    }
}
