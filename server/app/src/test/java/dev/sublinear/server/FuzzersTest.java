package dev.sublinear.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.constraint.SchemaFuzzer;
import dev.sublinear.model.gguf.GgufFuzzer;
import dev.sublinear.model.jinja.TemplateFuzzer;
import dev.sublinear.model.text.MessagesFuzzer;
import dev.sublinear.server.http.BodiesFuzzer;
import dev.sublinear.server.http.PipelineFuzzer;
import dev.sublinear.testing.Seed;
import io.netty.util.LeakPresenceDetector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the fuzzers of {@code deploy/fuzz} try, without Jazzer: their corpus, and some thousand changes of it. */
final class FuzzersTest {
    private static final Path CORPUS = Path.of("..", "..", "deploy", "fuzz", "corpus");

    @Test
    void pipeline_corpusAndItsMutations_onlyGetReplies() throws Exception {
        LeakPresenceDetector.check();
        mutate("pipeline", 4_000, PipelineFuzzer::fuzzerTestOneInput);
        LeakPresenceDetector.check();
    }

    @Test
    void bodies_corpusAndItsMutations_onlyGetErrorsOfTheContract() throws IOException {
        mutate("bodies", 4_000, BodiesFuzzer::fuzzerTestOneInput);
    }

    @Test
    void schema_corpusAndItsMutations_areCompiledOrRefused() throws IOException {
        mutate("schema", 500, SchemaFuzzer::fuzzerTestOneInput);
    }

    @Test
    void template_corpusAndItsMutations_areRenderedOrRefused() throws IOException {
        mutate("template", 500, TemplateFuzzer::fuzzerTestOneInput);
    }

    @Test
    void gguf_corpusAndItsMutations_areReadOrRefused() throws IOException {
        mutate("gguf", 4_000, GgufFuzzer::fuzzerTestOneInput);
    }

    @Test
    void messages_corpusAndItsMutations_haveTheIdsOfTheTwin() throws IOException {
        mutate("messages", 1_000, MessagesFuzzer::fuzzerTestOneInput);
    }

    private static void mutate(String name, int rounds, Consumer<byte[]> target) throws IOException {
        List<byte[]> corpus = corpus(name);
        corpus.forEach(target);
        long seed = Seed.fresh();
        Random random = new Random(seed);
        for (int round = 0; round < rounds; round++) {
            byte[] input = mutated(corpus, random);
            try {
                target.accept(input);
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("seed " + seed + ", round " + round + ": " + Arrays.toString(input), e);
            }
        }
    }

    private static byte[] mutated(List<byte[]> corpus, Random random) {
        byte[] input = corpus.get(random.nextInt(corpus.size())).clone();
        for (int change = random.nextInt(4); change >= 0 && input.length > 2; change--) {
            int at = 1 + random.nextInt(input.length - 1);
            switch (random.nextInt(4)) {
                case 0 -> input[at] = (byte) random.nextInt(256);
                case 1 -> input = Arrays.copyOf(input, at); // cut
                case 2 -> { // repeated
                    byte[] longer = Arrays.copyOf(input, input.length + at);
                    System.arraycopy(input, 0, longer, input.length, at);
                    input = longer;
                }
                default -> { // joined with another
                    byte[] other = corpus.get(random.nextInt(corpus.size()));
                    byte[] joined = Arrays.copyOf(input, at + other.length);
                    System.arraycopy(other, 0, joined, at, other.length);
                    input = joined;
                }
            }
        }
        return input.length > 8_000 ? Arrays.copyOf(input, 8_000) : input;
    }

    private static List<byte[]> corpus(String name) throws IOException {
        List<byte[]> inputs = new ArrayList<>();
        try (Stream<Path> files = Files.list(CORPUS.resolve(name))) {
            for (Path file : files.sorted().toList()) {
                inputs.add(Files.readAllBytes(file));
            }
        }
        assertThat(inputs).isNotEmpty();
        return inputs;
    }
}
