package dev.sublinear.model.rotary;

import java.util.List;

/** A change of rotary frequencies for contexts longer than a model was first trained on. */
public sealed interface RotaryScaling {
    /** Returns the changed frequencies of {@code plain}, which it may overwrite. */
    float[] frequencies(Rotary rotary, float[] plain);

    /** The factor of cosines and sines. */
    default double attentionFactor() {
        return 1;
    }

    /**
     * Unchanged frequencies. {@code dynamic} scaling is one of these: it changes nothing up to the longest context that config.json
     * allows, and longer contexts are refused.
     */
    record None() implements RotaryScaling {
        @Override
        public float[] frequencies(Rotary rotary, float[] plain) {
            return plain;
        }
    }

    /** All frequencies divided by one factor. Chen et al., <a href="https://arxiv.org/abs/2306.15595">position interpolation</a>, 2023. */
    record Linear(double factor) implements RotaryScaling {
        @Override
        public float[] frequencies(Rotary rotary, float[] plain) {
            for (int i = 0; i < plain.length; i++) {
                plain[i] /= (float) factor;
            }
            return plain;
        }
    }

    /** Llama 3.1's: long waves are divided, short waves kept, and those between interpolated. */
    record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalPositions)
            implements RotaryScaling {
        @Override
        public float[] frequencies(Rotary rotary, float[] plain) {
            for (int i = 0; i < plain.length; i++) {
                double wave = 2 * Math.PI / plain[i];
                if (wave > originalPositions / lowFrequencyFactor) {
                    plain[i] = (float) (plain[i] / factor);
                } else if (wave >= originalPositions / highFrequencyFactor) {
                    double smooth = (originalPositions / wave - lowFrequencyFactor)
                            / (highFrequencyFactor - lowFrequencyFactor);
                    plain[i] = (float) ((1 - smooth) * plain[i] / factor + smooth * plain[i]);
                }
            }
            return plain;
        }
    }

    /**
     * Peng et al., <a href="https://arxiv.org/abs/2309.00071">YaRN</a>, 2023.
     *
     * @param truncate whether the bounds of the ramp are whole pairs
     */
    record Yarn(
            double factor,
            double attentionFactor,
            double betaFast,
            double betaSlow,
            int originalPositions,
            boolean truncate)
            implements RotaryScaling {
        @Override
        public float[] frequencies(Rotary rotary, float[] plain) {
            double low = pair(betaFast, rotary);
            double high = pair(betaSlow, rotary);
            low = Math.max(0, truncate ? Math.floor(low) : low);
            high = Math.min(rotary.size() - 1.0, truncate ? Math.ceil(high) : high);
            double width = low == high ? 0.001 : high - low;
            for (int i = 0; i < plain.length; i++) {
                double divided = Math.min(1, Math.max(0, (i - low) / width));
                plain[i] = (float) (plain[i] / factor * divided + plain[i] * (1 - divided));
            }
            return plain;
        }

        /** The index of the pair that makes this number of turns over the original context. */
        private double pair(double turns, Rotary rotary) {
            return rotary.size() * Math.log(originalPositions / (turns * 2 * Math.PI)) / (2 * Math.log(rotary.theta()));
        }
    }

    /**
     * A factor for each pair. Ding et al., <a href="https://arxiv.org/abs/2402.13753">LongRoPE</a>, 2024.
     *
     * <p>Checkpoints have two lists of factors, and transformers takes the long one for texts longer than the original context.
     * Cached keys cannot be rotated again when a text grows past that, so here the longest context that config.json allows
     * decides for all texts, as in vLLM. Loading such a checkpoint warns of it.
     */
    record LongRope(List<Double> factors, double attentionFactor) implements RotaryScaling {
        public LongRope {
            factors = List.copyOf(factors);
        }

        @Override
        public float[] frequencies(Rotary rotary, float[] plain) {
            for (int i = 0; i < plain.length; i++) {
                plain[i] = 1f / (factors.get(i).floatValue() * (1f / plain[i]));
            }
            return plain;
        }
    }
}
