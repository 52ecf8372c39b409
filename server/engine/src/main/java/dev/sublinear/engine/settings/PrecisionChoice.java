package dev.sublinear.engine.settings;

import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;

/** The precision that the operator asks for, or lets the stored weights decide. */
public sealed interface PrecisionChoice {

    /** Returns the precision of a model, by the type of its stored weights. */
    Precision of(WeightType stored);

    /** Returns the name of that precision, with the reason if the stored weights decided. */
    String describe(WeightType stored);

    /**
     * Reads {@code auto} or the name of a precision.
     *
     * @throws IllegalArgumentException if there is no such precision
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
     * A precision about as large as the stored weights: f32 for float32, bf16 for 16 bits, int8-dynamic for fewer, where rounding
     * again loses less than was lost when they were stored.
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
