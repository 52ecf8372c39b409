package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;
import java.util.EnumMap;
import java.util.Map;

/**
 * What one attention call of one layer saw. The arrays are borrowed: neither close nor keep them.
 *
 * @param signals in the shapes that {@link Signal} gives
 */
public record AttentionStep(Map<Signal, NDArray> signals) {

    /** A step of which only the attention weights are known. */
    public AttentionStep(NDArray weights) {
        this(Map.of(Signal.ATTENTION_WEIGHTS, weights));
    }

    /** Returns this step with one more signal. */
    public AttentionStep with(Signal signal, NDArray array) {
        Map<Signal, NDArray> more = new EnumMap<>(signals);
        more.put(signal, array);
        return new AttentionStep(more);
    }

    public NDArray weights() {
        return signal(Signal.ATTENTION_WEIGHTS);
    }

    public NDArray queries() {
        return signal(Signal.QUERIES);
    }

    private NDArray signal(Signal signal) {
        NDArray array = signals.get(signal);
        if (array == null) {
            throw new IllegalArgumentException(
                    "the attention step must have the signal " + signal + ", has " + signals.keySet());
        }
        return array;
    }
}
