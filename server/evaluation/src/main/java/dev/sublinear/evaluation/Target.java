package dev.sublinear.evaluation;

import java.util.Locale;

/**
 * The most that pruning may cost, as the mean over documents.
 *
 * @param nats in (0, 10)
 */
public record Target(Measure measure, double nats) {

    /** What is to stay small; {@link Summary} has both. */
    public enum Measure {
        /** Divergence of the next token from the full cache's. */
        KL("divergence"),
        /** Rise of the cost of the true next token over the full cache's. */
        NLL("rise of the NLL");

        private final String text;

        Measure(String text) {
            this.text = text;
        }

        /** Returns its option and its key in a profile. */
        public String key() {
            return "target-" + name().toLowerCase(Locale.ROOT);
        }
    }

    public Target {
        if (!(nats > 0 && nats < 10)) {
            throw new IllegalArgumentException(measure.key() + " must be in (0, 10), was " + nats);
        }
    }

    double of(Summary summary) {
        return switch (measure) {
            case KL -> summary.kl().mean();
            case NLL -> summary.nll().mean();
        };
    }

    boolean met(Summary summary) {
        return of(summary) <= nats;
    }

    @Override
    public String toString() {
        return "the " + measure.text + " within " + nats + " nats";
    }
}
