package dev.sublinear.engine.constraint.automaton;

import java.util.BitSet;

/** The 256 bytes in consecutive classes, numbered from 0, whose members need not be told apart. */
public final class ByteClasses {
    public static final int BYTES = 256;
    static final ByteClasses EACH = new ByteClasses(all());

    private final BitSet firsts;
    private final int[] classOf = new int[BYTES];

    /** @param firsts the least byte of each class; 0 always begins one */
    public ByteClasses(BitSet firsts) {
        this.firsts = (BitSet) firsts.clone();
        this.firsts.set(0);
        int index = -1;
        for (int b = 0; b < BYTES; b++) {
            index += this.firsts.get(b) ? 1 : 0;
            classOf[b] = index;
        }
    }

    private static BitSet all() {
        BitSet all = new BitSet();
        all.set(0, BYTES);
        return all;
    }

    int count() {
        return firsts.cardinality();
    }

    int of(int b) {
        return classOf[b];
    }

    /** Returns a byte of each class, in order. */
    int[] representatives() {
        return firsts.stream().toArray();
    }

    /** The coarsest classes that tell apart all bytes that one of the two tells apart. */
    public ByteClasses and(ByteClasses other) {
        BitSet both = (BitSet) firsts.clone();
        both.or(other.firsts);
        return new ByteClasses(both);
    }
}
