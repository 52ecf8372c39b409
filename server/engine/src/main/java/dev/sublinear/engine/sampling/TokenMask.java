package dev.sublinear.engine.sampling;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.stream.IntStream;

/**
 * A set of tokens: those that may be chosen. Immutable; what it is made of must not change any more. A few more or fewer
 * do not copy the rest.
 */
public final class TokenMask {
    private static final int[] NONE = {};

    /** Every token. */
    public static final TokenMask ALL = new TokenMask(new BitSet(), false, NONE, NONE);

    private final BitSet listed;
    private final boolean allowed; // whether the listed ids are those that may be chosen, or those that may not
    private final int[] added; // sorted, as the next
    private final int[] removed;

    private TokenMask(BitSet listed, boolean allowed, int[] added, int[] removed) {
        this.listed = listed;
        this.allowed = allowed;
        this.added = added;
        this.removed = removed;
    }

    /** These tokens and no others. */
    public static TokenMask of(BitSet ids) {
        return new TokenMask(ids, true, NONE, NONE);
    }

    public boolean isAll() {
        return !allowed && listed.isEmpty() && removed.length == 0;
    }

    public boolean isEmpty() {
        return allowed && added.length == 0 && listed.stream().allMatch(id -> Arrays.binarySearch(removed, id) >= 0);
    }

    public boolean allows(int id) {
        if (Arrays.binarySearch(removed, id) >= 0) {
            return false;
        }
        return listed.get(id) == allowed || Arrays.binarySearch(added, id) >= 0;
    }

    public TokenMask with(Collection<Integer> ids) {
        return new TokenMask(listed, allowed, joined(added, ids), without(removed, ids));
    }

    public TokenMask without(Collection<Integer> ids) {
        return new TokenMask(listed, allowed, without(added, ids), joined(removed, ids));
    }

    private static int[] joined(int[] some, Collection<Integer> others) {
        return IntStream.concat(Arrays.stream(some), others.stream().mapToInt(id -> id))
                .sorted()
                .distinct()
                .toArray();
    }

    private static int[] without(int[] some, Collection<Integer> others) {
        return Arrays.stream(some).filter(id -> !others.contains(id)).toArray();
    }

    /** Gives those that may not be chosen the score of negative infinity. */
    void restrict(float[] scores) {
        float[] kept = new float[added.length];
        for (int i = 0; i < added.length; i++) {
            kept[i] = scores[added[i]];
        }
        for (int id = next(0, !allowed); id < scores.length; ) {
            int end = Math.min(next(id, allowed), scores.length);
            Arrays.fill(scores, id, end, Float.NEGATIVE_INFINITY);
            id = next(end, !allowed);
        }
        for (int i = 0; i < added.length; i++) {
            scores[added[i]] = kept[i];
        }
        for (int id : removed) {
            scores[id] = Float.NEGATIVE_INFINITY;
        }
    }

    /** Returns the next id that is listed, or that is not. */
    private int next(int from, boolean isListed) {
        int next = isListed ? listed.nextSetBit(from) : listed.nextClearBit(from);
        return next < 0 ? Integer.MAX_VALUE : next;
    }
}
