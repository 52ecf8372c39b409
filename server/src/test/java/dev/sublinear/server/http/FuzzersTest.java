package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.LeakPresenceDetector;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the fuzzers try, without Jazzer: their corpus, and some thousand changes of it. */
final class FuzzersTest {
    private static final int ROUNDS = 4_000;

    @Test
    void pipeline_corpusAndItsMutations_onlyGetReplies() throws Exception {
        LeakPresenceDetector.check();
        mutate(corpus("pipeline"), PipelineFuzzer::fuzzerTestOneInput);
        LeakPresenceDetector.check();
    }

    @Test
    void bodies_corpusAndItsMutations_onlyGetErrorsOfTheContract() throws Exception {
        mutate(corpus("bodies"), PipelineFuzzer.Bodies::fuzzerTestOneInput);
    }

    private static void mutate(List<byte[]> corpus, Consumer<byte[]> target) {
        corpus.forEach(target);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] input = mutated(corpus, random);
            try {
                target.accept(input);
            } catch (RuntimeException e) {
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

    private static List<byte[]> corpus(String name) throws IOException, URISyntaxException {
        Path directory = Path.of(Objects.requireNonNull(FuzzersTest.class.getResource("corpus/" + name))
                .toURI());
        List<byte[]> inputs = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                inputs.add(Files.readAllBytes(file));
            }
        }
        assertThat(inputs).isNotEmpty();
        return inputs;
    }
}
