package dev.sublinear.engine.constraint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.sampling.Logprobs;
import dev.sublinear.engine.sampling.Penalties;
import dev.sublinear.engine.sampling.Sampler;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.engine.sampling.TokenMask;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Measures what choosing a token costs: see deploy/benchmarks. A program, not a test. */
final class SamplingCost {
    private static final int BLOCKS = 6;
    private static final int ROUNDS = 200;
    private static final int LARGE = 128_256;
    private static final SamplingParams DEFAULT = new SamplingParams(1, 1, 0, 0, 1);
    private static final String SCHEMA = """
            {"type": "object", "required": ["name", "kind", "tags", "size"], "additionalProperties": false, "properties": {
              "name": {"type": "string", "maxLength": 200}, "kind": {"enum": ["cat", "dog", "bird"]},
              "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 20},
              "size": {"type": "number", "minimum": 0}, "when": {"type": "string", "format": "date-time"}}}""";

    private SamplingCost() {}

    public static void main(String[] args) throws JsonProcessingException {
        byte[][] small = ScriptedModel.TOKENIZER.pieces().orElseThrow();
        byte[][] large = enlarged(small);
        sampling(small.length, large.length);
        JsonNode schema = new ObjectMapper().readTree(SCHEMA);
        masks("fixture, 4,096", small, schema);
        masks("made of pairs of its tokens, 128,256", large, schema);
    }

    /** Pairs of tokens, until there are as many as in Llama 3's vocabulary. */
    private static byte[][] enlarged(byte[][] pieces) {
        byte[][] large = Arrays.copyOf(pieces, LARGE);
        Random random = new Random(1);
        for (int id = pieces.length; id < LARGE; id++) {
            byte[] one = pieces[random.nextInt(pieces.length)];
            byte[] other = pieces[random.nextInt(pieces.length)];
            large[id] = Arrays.copyOf(one, one.length + other.length);
            System.arraycopy(other, 0, large[id], one.length, other.length);
        }
        return large;
    }

    private static void sampling(int small, int large) {
        Map<Integer, Double> biases = new HashMap<>();
        IntStream.range(0, 100).forEach(id -> biases.put(id * 37, 1.0));
        Map<String, SamplingParams> cases = new LinkedHashMap<>();
        cases.put("temperature 0", SamplingParams.GREEDY);
        cases.put("defaults: temperature 1", DEFAULT);
        cases.put("three penalties, 1,000 tokens seen", DEFAULT.with(new Penalties(1.1, 0.1, 0.1)));
        cases.put("logit bias of 100 ids", DEFAULT.withLogitBias(biases));
        cases.put("top-k 40", new SamplingParams(1, 1, 40, 0, 1));
        cases.put("top-p 0.9", new SamplingParams(1, 0.9, 0, 0, 1));
        cases.put("min-p 0.05", new SamplingParams(1, 1, 0, 0.05, 1));
        cases.put("temperature 0.7, top-k 40, top-p 0.9, min-p 0.05", new SamplingParams(0.7, 0.9, 40, 0.05, 1));
        micros(sampler(DEFAULT, large)); // compiled once all ways have been taken
        cases.values().forEach(params -> micros(sampler(params, small)));
        System.out.println("| µs a token, the best of six medians | " + small + " | " + large
                + " | of 15 ms |\n|---|---|---|---|");
        cases.forEach((name, params) -> row(name, size -> sampler(params, size), small, large));
        row("logprob of the token", size -> logprobs(0, size), small, large);
        row("and of 20 alternatives", size -> logprobs(20, size), small, large);
    }

    private interface Case {
        IntConsumer of(int size);
    }

    private static void row(String name, Case measured, int small, int large) {
        double little = micros(measured.of(small));
        double much = micros(measured.of(large));
        System.out.printf(Locale.ROOT, "| %s | %.0f | %.0f | %.1f %% |%n", name, little, much, much / 150);
    }

    private static double micros(IntConsumer work) {
        double best = Double.POSITIVE_INFINITY;
        for (int block = 0; block < BLOCKS; block++) {
            double[] micros = new double[ROUNDS];
            for (int i = 0; i < ROUNDS; i++) {
                long begin = System.nanoTime();
                work.accept(i);
                micros[i] = (System.nanoTime() - begin) / 1e3;
            }
            best = Math.min(best, median(micros));
        }
        return best;
    }

    private static IntConsumer sampler(SamplingParams params, int size) {
        float[] logits = logits(size);
        Sampler sampler = new Sampler(params, IntStream.range(0, 1_000).toArray());
        return position -> sampler.sample(logits, position);
    }

    private static IntConsumer logprobs(int alternatives, int size) {
        float[] logits = logits(size);
        return position -> Logprobs.of(logits, position, alternatives);
    }

    private static float[] logits(int size) {
        Random random = new Random(2);
        float[] logits = new float[size];
        for (int id = 0; id < size; id++) {
            logits[id] = (float) random.nextGaussian() * 3;
        }
        return logits;
    }

    private static void masks(String vocabulary, byte[][] pieces, JsonNode schema) {
        String document = "{\"name\": \"" + "A cat on a mat. ".repeat(8)
                + "\", \"kind\": \"cat\", \"tags\": [\"old\", \"grey\", \"asleep\"], \"size\": 31.25}";
        int[] ids = ScriptedModel.TOKENIZER.encode(document);
        long begin = System.nanoTime();
        Constraints constraints = new Constraints(pieces, Runnable::run);
        double trie = (System.nanoTime() - begin) / 1e6;
        double[] compile = new double[20];
        double[] most = new double[20];
        double[] first = new double[20];
        double[] again = new double[20];
        for (int round = 0; round < compile.length; round++) {
            ((ObjectNode) schema).put("title", round); // not remembered
            begin = System.nanoTime();
            TokenConstraint constraint = constraints.jsonSchema(schema);
            compile[round] = (System.nanoTime() - begin) / 1e3;
            double[] cold = walk(constraint, ids);
            most[round] = Arrays.stream(cold).max().orElseThrow();
            first[round] = Arrays.stream(cold).sum() / ids.length;
            again[round] = Arrays.stream(walk(constraint, ids)).sum() / ids.length;
        }
        System.out.printf(
                Locale.ROOT,
                "%n%s tokens: trie %.0f ms, once. Document of %d bytes in %d tokens.%n"
                        + "compile with the first mask %.0f µs; a token's step and mask: the first answer %.0f µs on"
                        + " average, %.0f µs at most, another answer %.1f µs (medians of 20)%n",
                vocabulary,
                trie,
                document.getBytes(StandardCharsets.UTF_8).length,
                ids.length,
                median(compile),
                median(first),
                median(most),
                median(again));
        TokenConstraint.State state = constraints.jsonObject().begin();
        Arrays.stream(ScriptedModel.TOKENIZER.encode("{\"")).forEach(state::advance);
        TokenMask mask = state.allowed();
        float[] logits = logits(pieces.length);
        Sampler sampler = new Sampler(DEFAULT);
        System.out.printf(
                Locale.ROOT,
                "defaults with the mask of a string: %.0f µs%n",
                micros(position -> sampler.sample(logits, position, mask)));
    }

    /** Returns the microseconds of each token. */
    private static double[] walk(TokenConstraint constraint, int[] ids) {
        TokenConstraint.State state = constraint.begin();
        double[] micros = new double[ids.length];
        for (int i = 0; i < ids.length; i++) {
            long begin = System.nanoTime();
            state.advance(ids[i]);
            state.allowed();
            micros[i] = (System.nanoTime() - begin) / 1e3;
        }
        return micros;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
