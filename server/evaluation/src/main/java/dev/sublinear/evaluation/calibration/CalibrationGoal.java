package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.loss.ErrorGrid;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;

/**
 * What a calibration looks for, and on how much text.
 *
 * @param aim where the knob that scales all laws comes to rest
 * @param length of the longest context, in tokens
 * @param documents of running text: a third of them to fit to, a third to turn the knob on, a third to check on
 * @param form which numbers are a head's own
 * @param whole the largest share of the heads that may keep everything, in [0, 1)
 */
public record CalibrationGoal(Aim aim, int length, int documents, LawForm form, double whole) {
    /** The usual {@link #whole}: of 90 heads 13. */
    public static final double USUAL_WHOLE = 0.155;

    /** The shortest documents that laws can be fitted on, in tokens. */
    private static final int SHORTEST = 512;

    /** The largest part of what is held at the end of the model's context that whole heads hold: they grow fastest. */
    static final double MOST_IN_WHOLE = 0.45;

    /** Where the knob that scales all laws comes to rest. */
    public sealed interface Aim {
        /**
         * As little as keeps the next token's KL divergence from the full cache within a bound at every length, the mean over
         * documents.
         *
         * @param nats in (0, 10)
         */
        record Divergence(double nats) implements Aim {
            public Divergence {
                if (!(nats > 0 && nats < 10)) {
                    throw new IllegalArgumentException("target-kl must be in (0, 10), was " + nats);
                }
            }
        }

        /**
         * A share of the tokens that is held at the longest context just after a trim, whole blocks of them in each head.
         *
         * @param share in (0, 1)
         */
        record Share(double share) implements Aim {
            public Share {
                if (!(share > 0 && share < 1)) {
                    throw new IllegalArgumentException("share must be in (0, 1), was " + share);
                }
            }
        }
    }

    public CalibrationGoal {
        if (documents < 3) {
            throw new IllegalArgumentException(
                    "documents must be at least 3, to fit on, to turn the knob on and to check on, was " + documents);
        }
        if (!(whole >= 0 && whole < 1)) {
            throw new IllegalArgumentException("whole must be in [0, 1), was " + whole);
        }
        if (length < SHORTEST) {
            throw new IllegalArgumentException("length must be at least " + SHORTEST + " tokens, was " + length);
        }
    }

    /** Returns how many of {@code heads} may keep everything at the most. */
    int mostWhole(int heads) {
        return (int) (heads * whole);
    }

    /**
     * Returns after how many tokens the last trim within the longest context falls: where shares are counted.
     *
     * @throws IllegalArgumentException if none does
     */
    int lastTrim(EvictionPolicy policy) {
        int interval = policy.trimInterval();
        if (interval > length) {
            throw new IllegalArgumentException(
                    "slack must let a trim fall within " + length + " tokens, was " + policy.slack());
        }
        return length - length % interval;
    }

    ErrorGrid grid() {
        return new ErrorGrid(length, BudgetSchedule.DEFAULT_FLOOR);
    }
}
