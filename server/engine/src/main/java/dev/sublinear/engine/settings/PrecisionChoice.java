package dev.sublinear.engine.settings;

import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;

/** In which numbers a model computes. */
public sealed interface PrecisionChoice {

    /** Returns the precision of a model whose weights are stored so. */
    Precision of(WeightType stored);

    /** Returns the same in words, with the reason if it was not asked for. */
    String describe(WeightType stored);

    /**
     * Reads {@code auto} or the name of a precision.
     *
     * @throws IllegalArgumentException if it is none
     */
    static PrecisionChoice parse(String text) {
        if (text.equals(Auto.KEY)) {
            return new Auto();
        }
        return Precisions.find(text)
                .map(Fixed::new)
                .orElseThrow(() -> new IllegalArgumentException(
                        "must be one of " + Auto.KEY + ", " + Precisions.keys() + ", was \"" + text + "\""));
    }

    /** A precision that the operator names. */
    record Fixed(Precision precision) implements PrecisionChoice {
        @Override
        public Precision of(WeightType stored) {
            return precision;
        }

        @Override
        public String describe(WeightType stored) {
            return precision.key();
        }
    }

    /**
     * As large as what is stored: float32 for float32, bfloat16 for numbers of 16 bits, 8 bits for those of fewer, where
     * rounding again costs less than storing them so did.
     */
    record Auto() implements PrecisionChoice {
        private static final String KEY = "auto";
        private static final double BITS_OF_8_WITH_SCALES = 9;

        @Override
        public Precision of(WeightType stored) {
            if (stored.bitsPerWeight() <= BITS_OF_8_WITH_SCALES) {
                return Precisions.INT8_DYNAMIC;
            }
            return stored.bitsPerWeight() <= Short.SIZE ? Precisions.BF16 : Precisions.F32;
        }

        @Override
        public String describe(WeightType stored) {
            return of(stored).key() + " (" + KEY + ": the weights are stored in " + stored.name() + ")";
        }
    }
}
