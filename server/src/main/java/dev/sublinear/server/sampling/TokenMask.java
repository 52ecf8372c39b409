package dev.sublinear.server.sampling;

import java.util.BitSet;
import java.util.Collection;

/** A set of tokens: those that may be chosen. Immutable; what it is made of must not change any more. */
public final class TokenMask {
    /** Every token. */
    public static final TokenMask ALL = new TokenMask(new BitSet(), false);

    private final BitSet listed;
    private final boolean allowed;

    /** @param allowed whether the listed ids are those that may be chosen, or those that may not */
    private TokenMask(BitSet listed, boolean allowed) {
        this.listed = listed;
        this.allowed = allowed;
    }

    /** These tokens and no others. */
    public static TokenMask of(BitSet ids) {
        return new TokenMask(ids, true);
    }

    public boolean isAll() {
        return !allowed && listed.isEmpty();
    }

    public boolean isEmpty() {
        return allowed && listed.isEmpty();
    }

    public boolean allows(int id) {
        return listed.get(id) == allowed;
    }

    public TokenMask with(Collection<Integer> ids) {
        return changed(ids, allowed);
    }

    public TokenMask without(Collection<Integer> ids) {
        return changed(ids, !allowed);
    }

    private TokenMask changed(Collection<Integer> ids, boolean listing) {
        if (ids.stream().allMatch(id -> listed.get(id) == listing)) {
            return this;
        }
        BitSet changed = (BitSet) listed.clone();
        ids.forEach(id -> changed.set(id, listing));
        return new TokenMask(changed, allowed);
    }
}
