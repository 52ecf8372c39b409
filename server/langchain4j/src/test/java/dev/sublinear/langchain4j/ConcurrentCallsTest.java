package dev.sublinear.langchain4j;

import static dev.sublinear.langchain4j.Models.answer;
import static dev.sublinear.langchain4j.Models.asking;
import static dev.sublinear.langchain4j.Models.ids;
import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Calls share steps and nothing else. */
final class ConcurrentCallsTest {
    private static final int CALLS = 64;
    private static final List<String> WORDS = List.of("the", "sea", "was", "calm", "and", "cold", "that", "day");

    @Test
    void calls64AtOnce_answerAsEachAlone_tokenByToken() {
        long seed = Seed.or(3);
        System.out.println("seed " + seed);
        List<ChatRequest> requests = requests(new Random(seed));
        try (LocalModel local = Models.fixture()) {
            SublinearChatModel model = SublinearChatModel.of(local);
            SublinearStreamingChatModel streaming = SublinearStreamingChatModel.of(local);
            List<List<Integer>> alone = requests.stream()
                    .map(request -> ids(answer(model.chat(request))))
                    .toList();

            ExecutorService callers = Executors.newFixedThreadPool(CALLS);
            List<CompletableFuture<List<Integer>>> together = requests.stream()
                    .map(request -> CompletableFuture.supplyAsync(() -> ids(answer(model.chat(request))), callers))
                    .toList();
            assertThat(together.stream().map(CompletableFuture::join)).containsExactlyElementsOf(alone);
            callers.shutdown();

            List<Heard> streams = new ArrayList<>();
            for (ChatRequest request : requests) {
                Heard heard = new Heard();
                streaming.chat(request, heard);
                streams.add(heard);
            }
            assertThat(streams.stream().map(heard -> ids(answer(heard.await()))))
                    .containsExactlyElementsOf(alone);
            Models.awaitIdle(local);
        }
    }

    private static List<ChatRequest> requests(Random random) {
        List<ChatRequest> requests = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            StringBuilder question = new StringBuilder();
            for (int word = random.nextInt(5, 60); word > 0; word--) {
                question.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
            }
            requests.add(asking(
                    question.toString(),
                    SublinearChatRequestParameters.builder()
                            .seed(random.nextLong())
                            .temperature(random.nextBoolean() ? 0.0 : 0.8)
                            .maxOutputTokens(random.nextInt(1, 16))
                            .build()));
        }
        return requests;
    }
}
