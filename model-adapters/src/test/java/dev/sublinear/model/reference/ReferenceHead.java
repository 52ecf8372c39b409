package dev.sublinear.model.reference;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What one key-value head of one layer retains: a plain list of tokens in the order of their positions. */
final class ReferenceHead {
    private final ReferencePolicy policy;
    private final List<ReferenceToken> tokens = new ArrayList<>();
    private double narrowestChoice = Double.POSITIVE_INFINITY;

    ReferenceHead(ReferencePolicy policy) {
        this.policy = policy;
    }

    List<Integer> positions() {
        return tokens.stream().map(ReferenceToken::position).collect(Collectors.toUnmodifiableList());
    }

    List<ReferenceToken> tokens() {
        return List.copyOf(tokens);
    }

    double narrowestChoice() {
        return narrowestChoice;
    }

    void append(ReferenceToken token) {
        tokens.add(token);
    }

    /** Returns one output per query of the group, and adds to every token the average weight it was given. */
    double[][] attend(double[][] queries) {
        double[][] outputs = new double[queries.length][];
        double[] averageWeights = new double[tokens.size()];
        for (int q = 0; q < queries.length; q++) {
            double[] weights = weights(queries[q]);
            double[] output = new double[queries[q].length];
            for (int t = 0; t < weights.length; t++) {
                averageWeights[t] += weights[t] / queries.length;
                for (int d = 0; d < output.length; d++) {
                    output[d] += weights[t] * tokens.get(t).value()[d];
                }
            }
            outputs[q] = output;
        }
        for (int t = 0; t < averageWeights.length; t++) {
            tokens.get(t).observe(averageWeights[t]);
        }
        return outputs;
    }

    /** softmax(q·k / √d) over the tokens held. */
    private double[] weights(double[] query) {
        double[] weights = new double[tokens.size()];
        double greatest = Double.NEGATIVE_INFINITY;
        for (int t = 0; t < weights.length; t++) {
            double[] key = tokens.get(t).key();
            double product = 0;
            for (int d = 0; d < query.length; d++) {
                product += query[d] * key[d];
            }
            weights[t] = product / Math.sqrt(query.length);
            greatest = Math.max(greatest, weights[t]);
        }
        double sum = 0;
        for (int t = 0; t < weights.length; t++) {
            weights[t] = Math.exp(weights[t] - greatest);
            sum += weights[t];
        }
        for (int t = 0; t < weights.length; t++) {
            weights[t] /= sum;
        }
        return weights;
    }

    /** Evicts down to the budget once the head has outgrown it. */
    void trim(int seen) {
        int keep = policy.keep().applyAsInt(seen);
        if (tokens.size() <= keep + policy.slack()) {
            return;
        }
        int firstRecent = seen - policy.recent().applyAsInt(keep);
        List<ReferenceToken> candidates = tokens.stream()
                .filter(token -> token.position() >= policy.sinks() && token.position() < firstRecent)
                .sorted(Comparator.comparingDouble((ReferenceToken token) -> score(token, seen))
                        .thenComparingInt(ReferenceToken::position))
                .collect(Collectors.toList());
        int evict = tokens.size() - keep;
        if (evict > candidates.size()) {
            throw new IllegalStateException("keep must leave room for sinks and recent: after " + seen
                    + " tokens keep is " + keep + ", sinks " + policy.sinks() + ", recent " + (seen - firstRecent));
        }
        if (evict < candidates.size()) {
            double stays = score(candidates.get(evict), seen);
            double goes = score(candidates.get(evict - 1), seen);
            narrowestChoice = Math.min(narrowestChoice, (stays - goes) / Math.max(Math.abs(stays), Double.MIN_NORMAL));
        }
        Set<ReferenceToken> evicted = new HashSet<>(candidates.subList(0, evict));
        tokens.removeIf(evicted::contains);
    }

    private double score(ReferenceToken token, int seen) {
        return policy.score().score(token, seen);
    }
}
