package dev.sublinear.kvcache;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The tokens that a layer retains, a row for each key-value head.
 *
 * @param positions the place of each in the sequence, ascending
 * @param scores by which they would be ranked if the layer were trimmed now; zeros where nothing is ever chosen
 */
@SuppressWarnings("ArrayRecordComponent") // for reading at once
public record RetainedTokens(int[][] positions, double[][] scores) {

    /** Puts the tokens of each head in the order of the sequence. */
    static RetainedTokens inOrder(int[][] positions, double[][] scores) {
        int[][] ordered = new int[positions.length][];
        double[][] ranks = new double[positions.length][];
        for (int head = 0; head < positions.length; head++) {
            int[] places = positions[head];
            double[] unordered = scores[head];
            int[] slots = IntStream.range(0, places.length)
                    .boxed()
                    .sorted(Comparator.comparingInt(slot -> places[slot]))
                    .mapToInt(Integer::intValue)
                    .toArray();
            ordered[head] = Arrays.stream(slots).map(slot -> places[slot]).toArray();
            ranks[head] =
                    Arrays.stream(slots).mapToDouble(slot -> unordered[slot]).toArray();
        }
        return new RetainedTokens(ordered, ranks);
    }
}
