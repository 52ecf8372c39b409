package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ReferenceLayer.Token;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** How a scorer learns and ranks, in the terms of a {@link ReferenceLayer}. */
interface ReferenceRank {
    /** Learns from weights by head, query and slot, and from queries by token and head. */
    void observe(ReferenceLayer layer, double[][][] weights, float[][][] queries);

    /** Returns a score by head and slot. */
    double[][] scores(ReferenceLayer layer);

    /** The formula of a token's rank. */
    interface Formula {
        double score(Token token, int seen);
    }

    /** Sums attention and ranks by a formula: an independent hand for the scorers that everything else is built on. */
    record Sums(Formula formula) implements ReferenceRank {
        @Override
        public void observe(ReferenceLayer layer, double[][][] weights, float[][][] queries) {
            for (int head = 0; head < weights.length; head++) {
                for (double[] query : weights[head]) {
                    for (int slot = 0; slot < query.length; slot++) {
                        layer.heads.get(head).get(slot).tokenState[0] += query[slot];
                    }
                }
            }
        }

        @Override
        public double[][] scores(ReferenceLayer layer) {
            return layer.heads.stream()
                    .map(tokens -> tokens.stream()
                            .mapToDouble(token -> formula.score(token, layer.seen))
                            .toArray())
                    .toArray(double[][]::new);
        }
    }

    /** Any scorer, on arrays made of the twin's lists. */
    record Asked(Scorer scorer, KvShape shape, NDManager manager) implements ReferenceRank {
        @Override
        public void observe(ReferenceLayer layer, double[][][] weights, float[][][] queries) {
            for (List<Integer> heads : layer.views()) {
                try (NDScope scope = new NDScope()) {
                    scope.suppressNotUsedWarning();
                    observe(layer, heads, weights, queries);
                }
            }
        }

        private void observe(ReferenceLayer layer, List<Integer> heads, double[][][] weights, float[][][] queries) {
            int tokens = queries.length;
            int length = layer.length(heads.get(0));
            double[] flat = heads.stream()
                    .flatMap(head -> Arrays.stream(weights[head]))
                    .flatMapToDouble(Arrays::stream)
                    .toArray();
            NDArray weight = manager.create(flat, new Shape(heads.size(), tokens, length));
            NDArray tokenState = tokenState(layer, heads);
            NDArray headState = headState(layer, heads);
            scorer.observe(
                    new ScorerState(tokenState, headState, layer.seen, tokens),
                    new AttentionStep(weight.toType(DataType.FLOAT32, false))
                            .with(
                                    Signal.QUERIES,
                                    queries(heads, Arrays.asList(queries)).reshape(heads.size(), -1, shape.headDim())));
            double[] ofTokens = tokenState.toDoubleArray();
            double[] ofHeads = headState.toDoubleArray();
            int fromTokens = 0;
            int fromHeads = 0;
            for (int head : heads) {
                for (Token token : layer.heads.get(head)) {
                    System.arraycopy(ofTokens, fromTokens, token.tokenState, 0, token.tokenState.length);
                    fromTokens += token.tokenState.length;
                }
                double[] ofHead = layer.headState.get(head);
                System.arraycopy(ofHeads, fromHeads, ofHead, 0, ofHead.length);
                fromHeads += ofHead.length;
            }
        }

        @Override
        public double[][] scores(ReferenceLayer layer) {
            double[][] scores = new double[shape.kvHeads()][];
            for (List<Integer> heads : layer.views()) {
                try (NDScope scope = new NDScope()) {
                    scope.suppressNotUsedWarning();
                    double[] flat = scorer.score(view(layer, heads))
                            .toType(DataType.FLOAT64, false)
                            .toDoubleArray();
                    int at = 0;
                    for (int head : heads) {
                        scores[head] = Arrays.copyOfRange(flat, at, at + layer.length(head));
                        at += layer.length(head);
                    }
                }
            }
            return scores;
        }

        private LayerView view(ReferenceLayer layer, List<Integer> heads) {
            int length = layer.length(heads.get(0));
            int[] places = heads.stream()
                    .flatMap(head -> layer.heads.get(head).stream())
                    .mapToInt(token -> token.position)
                    .toArray();
            return new ArrayLayer(
                    layer.seen,
                    heads.get(0),
                    length,
                    vectors(layer, heads, token -> token.key),
                    vectors(layer, heads, token -> token.value),
                    tokenState(layer, heads),
                    headState(layer, heads),
                    queries(
                            heads,
                            layer.queries.stream()
                                    .map(ReferenceLayer.Query::ofHeads)
                                    .toList()),
                    manager.create(places, new Shape(heads.size(), length)));
        }

        private NDArray vectors(ReferenceLayer layer, List<Integer> heads, Function<Token, float[]> vector) {
            int length = layer.length(heads.get(0));
            int numbers = shape.headDim();
            float[] flat = new float[heads.size() * length * numbers];
            int at = 0;
            for (int head : heads) {
                for (Token token : layer.heads.get(head)) {
                    System.arraycopy(vector.apply(token), 0, flat, at, numbers);
                    at += numbers;
                }
            }
            return manager.create(flat, new Shape(heads.size(), length, numbers));
        }

        /** @param byToken of each token, for each head of the layer, the numbers of its query heads */
        private NDArray queries(List<Integer> heads, List<float[][]> byToken) {
            int numbers = shape.group() * shape.headDim();
            float[] flat = new float[heads.size() * byToken.size() * numbers];
            int at = 0;
            for (int head : heads) {
                for (float[][] token : byToken) {
                    System.arraycopy(token[head], 0, flat, at, numbers);
                    at += numbers;
                }
            }
            return manager.create(flat, new Shape(heads.size(), byToken.size(), shape.group(), shape.headDim()));
        }

        private NDArray tokenState(ReferenceLayer layer, List<Integer> heads) {
            int numbers = scorer.stateOfToken();
            int length = layer.length(heads.get(0));
            double[] flat = heads.stream()
                    .flatMap(head -> layer.heads.get(head).stream())
                    .flatMapToDouble(token -> Arrays.stream(token.tokenState))
                    .toArray();
            return manager.create(
                    flat, numbers == 1 ? new Shape(heads.size(), length) : new Shape(heads.size(), length, numbers));
        }

        private NDArray headState(ReferenceLayer layer, List<Integer> heads) {
            double[] flat = heads.stream()
                    .flatMapToDouble(head -> Arrays.stream(layer.headState.get(head)))
                    .toArray();
            return manager.create(flat, new Shape(heads.size(), scorer.stateOfHead(shape.headDim())));
        }
    }
}
