package dev.sublinear.evaluation.loss;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What the output of each key-value head loses by the tokens that it keeps, at several lengths of the context.
 *
 * @param lengths ascending
 */
public record HeadErrors(List<AtLength> lengths) {
    public HeadErrors {
        lengths = List.copyOf(lengths);
    }

    /**
     * The errors after n tokens.
     *
     * @param seen tokens, n
     * @param budgets tokens that a head keeps, ascending, the last one n
     * @param errors by layer, head and budget: the squared error of the head's part of the layer's attention output, relative to
     *     the squared length of that output, the mean over the queries that follow
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record AtLength(int seen, int[] budgets, double[][][] errors) {

        public int layers() {
            return errors.length;
        }

        public int heads() {
            return errors[0].length;
        }
    }

    /** Returns the mean over documents that were measured at the same lengths and budgets. */
    public static HeadErrors mean(List<HeadErrors> documents) {
        return new HeadErrors(IntStream.range(0, documents.get(0).lengths().size())
                .mapToObj(length -> meanAt(documents.stream()
                        .map(document -> document.lengths().get(length))
                        .toList()))
                .toList());
    }

    private static AtLength meanAt(List<AtLength> documents) {
        AtLength first = documents.get(0);
        double[][][] mean = new double[first.layers()][first.heads()][first.budgets().length];
        for (AtLength document : documents) {
            for (int layer = 0; layer < mean.length; layer++) {
                for (int head = 0; head < mean[layer].length; head++) {
                    for (int i = 0; i < mean[layer][head].length; i++) {
                        mean[layer][head][i] += document.errors()[layer][head][i] / documents.size();
                    }
                }
            }
        }
        return new AtLength(first.seen(), first.budgets(), mean);
    }
}
