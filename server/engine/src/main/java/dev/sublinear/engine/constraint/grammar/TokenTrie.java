package dev.sublinear.engine.constraint.grammar;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A vocabulary by the bytes of its tokens, so that tokens which begin alike are judged together. Immutable.
 *
 * <p>The nodes lie in arrays in the order of a walk that visits each before its descendants.
 */
public final class TokenTrie {
    private final byte[][] pieces;
    private final byte[] labels; // the byte that leads to each node
    private final int[] depths; // from 1
    private final int[] ends; // where the descendants of each node end
    private final int[][] tokens; // that end at each node
    private final int longest;

    /** @param pieces the bytes of each id; ids without bytes are never allowed */
    public TokenTrie(byte[][] pieces) {
        this.pieces = pieces.clone();
        int[] sorted = IntStream.range(0, pieces.length)
                .filter(id -> pieces[id].length > 0)
                .boxed()
                .sorted(Comparator.comparing((Integer id) -> pieces[id], Arrays::compareUnsigned))
                .mapToInt(id -> id)
                .toArray();
        int count = 0;
        byte[] before = {};
        for (int id : sorted) {
            count += pieces[id].length - common(before, pieces[id]);
            before = pieces[id];
        }
        this.labels = new byte[count];
        this.depths = new int[count];
        this.ends = new int[count];
        this.tokens = new int[count][];
        this.longest = Arrays.stream(sorted).map(id -> pieces[id].length).max().orElse(0);
        build(sorted);
    }

    private void build(int[] sorted) {
        int[] path = new int[longest + 1]; // the latest node at each depth
        int node = 0;
        byte[] before = {};
        for (int id : sorted) {
            byte[] piece = pieces[id];
            int shared = common(before, piece);
            for (int depth = shared + 1; depth <= before.length; depth++) {
                ends[path[depth]] = node;
            }
            for (int depth = shared + 1; depth <= piece.length; depth++) {
                labels[node] = piece[depth - 1];
                depths[node] = depth;
                tokens[node] = new int[0];
                path[depth] = node++;
            }
            int last = path[piece.length];
            tokens[last] = Arrays.copyOf(tokens[last], tokens[last].length + 1);
            tokens[last][tokens[last].length - 1] = id;
            before = piece;
        }
        for (int depth = 1; depth <= before.length; depth++) {
            ends[path[depth]] = node;
        }
    }

    private static int common(byte[] one, byte[] other) {
        int different = Arrays.mismatch(one, other);
        return different < 0 ? one.length : different;
    }

    /** The number of bytes of the longest token. */
    public int longest() {
        return longest;
    }

    /** The bytes of a token, not to be changed; none for a token that is no part of a text. */
    public byte[] piece(int id) {
        return pieces[id];
    }

    public int size() {
        return pieces.length;
    }

    /** Returns the tokens with which an answer can go on. */
    public BitSet allowed(PushdownAutomaton automaton, PushdownAutomaton.State from) {
        BitSet allowed = new BitSet(pieces.length);
        @Nullable PushdownAutomaton.State[] path = new PushdownAutomaton.State[longest + 1];
        path[0] = from;
        for (int node = 0; node < labels.length; ) {
            PushdownAutomaton.State before = path[depths[node] - 1];
            PushdownAutomaton.State after = before == null ? null : automaton.step(before, labels[node] & 0xff);
            if (after == null) {
                node = ends[node];
            } else {
                path[depths[node]] = after;
                for (int id : tokens[node]) {
                    allowed.set(id);
                }
                node++;
            }
        }
        return allowed;
    }
}
