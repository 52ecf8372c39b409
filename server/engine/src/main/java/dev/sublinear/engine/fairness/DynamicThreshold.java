package dev.sublinear.engine.fairness;

import java.util.HashMap;
import java.util.Map;

/**
 * Bounds what each caller holds of something limited by what would then be left for others: a lone caller may hold half, two a
 * third each, and there is always room for one more. To be used by one thread at a time.
 *
 * <p>Choudhury and Hahne, <a href="https://doi.org/10.1109/90.664262">Dynamic queue length thresholds for shared-memory packet
 * switches</a>, 1998.
 */
public final class DynamicThreshold {
    private final long limit;
    private final Map<String, Long> byCaller = new HashMap<>(); // of those that hold anything
    private long held;

    private DynamicThreshold(long limit) {
        this.limit = limit;
    }

    /** Returns one that bounds what all hold together. */
    public static DynamicThreshold ofAll(long limit) {
        return new DynamicThreshold(limit);
    }

    /** Returns one that lets a lone caller hold {@code most}. */
    public static DynamicThreshold ofOne(long most) {
        return new DynamicThreshold(most > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : 2 * most);
    }

    /** Whether a caller that takes this much more holds no more than is left for others then. */
    public boolean allows(String caller, long more) {
        return of(caller) + more <= limit - held - more;
    }

    /** Counts what a caller has taken, whether it was allowed or not. */
    public void add(String caller, long more) {
        byCaller.merge(caller, more, Long::sum);
        byCaller.remove(caller, 0L);
        held += more;
    }

    /** Counts what a caller has given back. */
    public void remove(String caller, long less) {
        add(caller, -less);
    }

    /** Returns what a caller holds. */
    public long of(String caller) {
        return byCaller.getOrDefault(caller, 0L);
    }

    /** Returns what all hold. */
    public long held() {
        return held;
    }
}
