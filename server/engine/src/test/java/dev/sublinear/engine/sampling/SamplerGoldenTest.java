package dev.sublinear.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Draws must follow what Hugging Face transformers makes of the same logits: sampling_golden.py wrote it. */
final class SamplerGoldenTest {
    private static final int DRAWS = 20_000;

    @TestFactory
    Stream<DynamicTest> sample_processors_drawFromTheSameDistribution() throws IOException {
        try (InputStream golden = SamplerGoldenTest.class.getResourceAsStream("processors.json")) {
            JsonNode cases = new ObjectMapper().readTree(Objects.requireNonNull(golden));
            return StreamSupport.stream(cases.spliterator(), false)
                    .map(c -> DynamicTest.dynamicTest(
                            c.get("processor").textValue() + " " + c.get("value"), () -> check(c)));
        }
    }

    private static void check(JsonNode golden) {
        float[] logits = new float[golden.get("logits").size()];
        double[] weights = new double[logits.length];
        for (int id = 0; id < logits.length; id++) {
            logits[id] = golden.get("logits").get(id).floatValue();
            JsonNode expected = golden.get("expected").get(id);
            weights[id] = expected.isNull() ? 0 : Math.exp(expected.doubleValue());
        }
        double total = IntStream.range(0, weights.length)
                .mapToDouble(id -> weights[id])
                .sum();
        int[] prompt = StreamSupport.stream(golden.get("prompt").spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
        SamplingParams params = params(golden.get("processor").textValue(), golden.get("value"));
        int[] counts = new int[logits.length];
        for (int position = 0; position < DRAWS; position++) {
            counts[new Sampler(params, prompt).sample(logits, position)]++;
        }
        for (int id = 0; id < logits.length; id++) {
            double share = weights[id] / total;
            double fiveSigma = 5 * Math.sqrt(DRAWS * share * (1 - share));
            assertThat((double) counts[id])
                    .as("seed 5, token %s", id)
                    .isCloseTo(DRAWS * share, within(fiveSigma + 1e-9));
        }
    }

    private static SamplingParams params(String processor, JsonNode golden) {
        double value = golden.asDouble();
        return switch (processor) {
            case "repetition" -> new SamplingParams(1, 1, 0, 0, 5).with(new Penalties(value, 0, 0));
            case "top_k" -> new SamplingParams(1, 1, (int) value, 0, 5);
            case "top_p" -> new SamplingParams(1, value, 0, 0, 5);
            case "min_p" -> new SamplingParams(1, 1, 0, value, 5);
            case "all" ->
                new SamplingParams(
                                golden.get("temperature").doubleValue(),
                                golden.get("top_p").doubleValue(),
                                golden.get("top_k").intValue(),
                                golden.get("min_p").doubleValue(),
                                5)
                        .with(new Penalties(golden.get("repetition").doubleValue(), 0, 0))
                        .withLogitBias(biases(golden.get("bias")));
            default -> throw new IllegalArgumentException(processor);
        };
    }

    private static Map<Integer, Double> biases(JsonNode golden) {
        return golden.properties().stream()
                .collect(Collectors.toMap(
                        bias -> Integer.valueOf(bias.getKey()),
                        bias -> bias.getValue().doubleValue()));
    }
}
