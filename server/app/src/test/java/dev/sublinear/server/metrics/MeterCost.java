package dev.sublinear.server.metrics;

import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.EngineListener;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.generation.GenerationException;
import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.model.DecoderModel;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.Fixture;
import dev.sublinear.server.config.ConfigReader;
import dev.sublinear.server.config.ServerConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/**
 * Measures what meters cost: tokens per second of 64 streams with all of them and with none, turn and turn about. Not a test;
 * run it by name, alone on the machine: {@code mvn test -pl server -am -Djacoco.skip -Dtest=MeterCost
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
@SuppressWarnings("SystemOut")
final class MeterCost {
    private static final int STREAMS = 64;
    private static final int TOKENS = 96;
    private static final int ROUNDS = 12;

    private final ServerConfig config = ConfigReader.read(
            Map.of("engine.max-running", "64", "cache.capacity", "500MB", "cache.budget", "fixed:64"),
            Fixture.ENVIRONMENT);

    @Test
    void tokensPerSecond_withAndWithoutMeters() throws InterruptedException {
        List<Double> with = new ArrayList<>();
        List<Double> without = new ArrayList<>();
        try (Metrics metrics = new Metrics();
                Engine metered = engine(new EngineMeters(metrics));
                Engine bare = engine(EngineListener.NONE)) {
            for (int round = -2; round < ROUNDS; round++) {
                boolean first = round % 2 == 0;
                double one = measure(first ? metered : bare);
                double other = measure(first ? bare : metered);
                if (round >= 0) { // the first two warm up
                    with.add(first ? one : other);
                    without.add(first ? other : one);
                }
            }
        }
        double[] ratios = new double[ROUNDS];
        Arrays.setAll(ratios, round -> with.get(round) / without.get(round));
        Arrays.sort(ratios);
        System.out.printf(Locale.ROOT, "with meters    %s%n", rates(with));
        System.out.printf(Locale.ROOT, "without        %s%n", rates(without));
        System.out.printf(
                Locale.ROOT,
                "ratio          median %.3f, from %.3f to %.3f%n",
                (ratios[ROUNDS / 2 - 1] + ratios[ROUNDS / 2]) / 2,
                ratios[0],
                ratios[ROUNDS - 1]);
    }

    private static String rates(List<Double> rates) {
        return String.join(
                " ",
                rates.stream()
                        .map(rate -> String.format(Locale.ROOT, "%.0f", rate))
                        .toList());
    }

    private Engine engine(EngineListener listener) {
        try (Checkpoint checkpoint = config.model().source().checkpoint()) {
            return Engine.start(
                    () -> DecoderModel.load(
                            checkpoint,
                            config.engine()
                                    .execution(
                                            checkpoint.spec(),
                                            checkpoint.weights().type()),
                            LoadListener.NONE),
                    Tokenizer.open(checkpoint),
                    config.engine().scheduler(),
                    500_000_000,
                    listener);
        }
    }

    private double measure(Engine engine) throws InterruptedException {
        Random random = new Random(7);
        CountDownLatch open = new CountDownLatch(STREAMS);
        long begun = System.nanoTime();
        for (int stream = 0; stream < STREAMS; stream++) {
            int[] prompt = random.ints(16, 4, engine.spec().vocabSize()).toArray();
            GenerationRequest request = GenerationRequest.of(
                            prompt, TOKENS, config.engine().cache().policy())
                    .with(new Stops(List.of(), Set.of(), true));
            engine.submit(request, new End(open));
        }
        open.await();
        return STREAMS * TOKENS / ((System.nanoTime() - begun) / 1e9);
    }

    private record End(CountDownLatch open) implements GenerationListener {
        @Override
        public void onToken(int choice, ChosenToken token) {}

        @Override
        public void onChoiceFinished(int choice, String rest, FinishReason reason) {}

        @Override
        public void onFinished(Completion completion) {
            open.countDown();
        }

        @Override
        public void onFailed(GenerationException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
