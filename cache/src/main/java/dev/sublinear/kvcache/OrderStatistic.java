package dev.sublinear.kvcache;

/**
 * The value that would stand at an index if numbers were sorted, found without sorting them.
 *
 * <p>Hoare, <a href="https://doi.org/10.1145/366622.366647">Algorithm 65: Find</a>, 1961.
 */
final class OrderStatistic {
    private OrderStatistic() {}

    /**
     * Returns the value of that rank among the first {@code count}, and reorders them.
     *
     * @param values no NaN among them
     * @param rank in [0, count)
     */
    static double of(double[] values, int count, int rank) {
        int low = 0;
        int high = count - 1;
        while (low < high) {
            double pivot = median(values[low], values[(low + high) >>> 1], values[high]);
            int left = low;
            int right = high;
            while (left <= right) {
                while (values[left] < pivot) {
                    left++;
                }
                while (values[right] > pivot) {
                    right--;
                }
                if (left <= right) {
                    double moved = values[left];
                    values[left++] = values[right];
                    values[right--] = moved;
                }
            }
            if (rank <= right) {
                high = right;
            } else if (rank >= left) {
                low = left;
            } else {
                return values[rank]; // between the two lie only values equal to the pivot
            }
        }
        return values[low];
    }

    /** Of a sorted range it is the middle, so that ranges in order take few rounds, too. */
    private static double median(double a, double b, double c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
