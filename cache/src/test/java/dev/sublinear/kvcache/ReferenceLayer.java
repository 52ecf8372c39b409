package dev.sublinear.kvcache;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The slow, obvious twin of {@link LayerCache}: a list of tokens for each head, one token at a time. */
final class ReferenceLayer {

    /** How a scorer ranks a token: the same formula as its class, written for one token. */
    interface Rank {
        double score(Token token, int seen);
    }

    /** One token in one head. */
    static final class Token {
        final int position;
        final float[] key;
        final float[] value;
        double importance;

        Token(int position, float[] key, float[] value) {
            this.position = position;
            this.key = key;
            this.value = value;
        }
    }

    private final EvictionPolicy policy;
    private final Rank rank;
    final List<List<Token>> heads = new ArrayList<>();
    int seen;

    ReferenceLayer(int kvHeads, EvictionPolicy policy, Rank rank) {
        this.policy = policy;
        this.rank = rank;
        for (int head = 0; head < kvHeads; head++) {
            heads.add(new ArrayList<>());
        }
    }

    /** Takes one token: its key and value for each head. */
    void append(float[][] keys, float[][] values) {
        for (int head = 0; head < heads.size(); head++) {
            heads.get(head).add(new Token(seen, keys[head], values[head]));
        }
        seen++;
    }

    /** Adds what one query attended to, for each head and slot. */
    void observe(double[][] weights) {
        for (int head = 0; head < heads.size(); head++) {
            for (int slot = 0; slot < weights[head].length; slot++) {
                heads.get(head).get(slot).importance += weights[head][slot];
            }
        }
    }

    int length() {
        return heads.get(0).size();
    }

    /** Evicts down to the budget if there are too many; returns how many each head lost. */
    int trim() {
        int budget = policy.budget().budget(seen);
        int evicted = length() - budget;
        if (evicted <= policy.slack()) {
            return 0;
        }
        for (int head = 0; head < heads.size(); head++) {
            List<Token> tokens = heads.get(head);
            double[] scores = tokens.stream()
                    .mapToDouble(token -> rank.score(token, seen))
                    .toArray();
            int[] positions = tokens.stream().mapToInt(token -> token.position).toArray();
            List<Token> kept = new ArrayList<>();
            for (long slot : slotsToKeep(scores, positions, policy.protection(), budget)) {
                kept.add(tokens.get((int) slot));
            }
            heads.set(head, kept);
        }
        return evicted;
    }

    /** Sorts by score, then position, and drops from the front what is not protected. */
    static long[] slotsToKeep(double[] scores, int[] positions, Protection protection, int keep) {
        int length = scores.length;
        List<Integer> evictable = IntStream.range(0, length)
                .filter(slot -> positions[slot] >= protection.sinks())
                .filter(slot -> slot < length - protection.recent(keep))
                .filter(slot -> positions[slot] < protection.pinned().from()
                        || positions[slot] >= protection.pinned().to())
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(slot -> scores[slot] + 0.0) // -0.0 + 0.0 == 0.0
                        .thenComparing(slot -> positions[slot]))
                .toList();
        List<Integer> gone = evictable.subList(0, length - keep);
        return IntStream.range(0, length)
                .filter(slot -> !gone.contains(slot))
                .mapToLong(slot -> slot)
                .toArray();
    }
}
