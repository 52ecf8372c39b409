package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.fidelity.SettingSummary;
import java.util.Locale;

/**
 * The largest loss of quality that pruning may cause, as the mean over documents.
 *
 * @param nats in (0, 10)
 */
public record QualityTarget(Measure measure, double nats) {

    /** The loss that is bounded; {@link SettingSummary} has both. */
    public enum Measure {
        /** KL divergence of the next token from the full cache. */
        KL("divergence"),
        /** Rise of the negative log-likelihood of the true next token over the full cache. */
        NLL("rise of the NLL");

        private final String text;

        Measure(String text) {
            this.text = text;
        }

        /** Returns the name of the option, which is also the key in a profile. */
        public String key() {
            return "target-" + name().toLowerCase(Locale.ROOT);
        }
    }

    public QualityTarget {
        if (!(nats > 0 && nats < 10)) {
            throw new IllegalArgumentException(measure.key() + " must be in (0, 10), was " + nats);
        }
    }

    /** Returns the loss of a setting at one length, nats. */
    double lossOf(SettingSummary summary) {
        return switch (measure) {
            case KL -> summary.kl().mean();
            case NLL -> summary.nll().mean();
        };
    }

    boolean met(SettingSummary summary) {
        return lossOf(summary) <= nats;
    }

    @Override
    public String toString() {
        return "the " + measure.text + " within " + nats + " nats";
    }
}
