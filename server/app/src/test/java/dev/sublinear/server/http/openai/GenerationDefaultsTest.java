package dev.sublinear.server.http.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.sampling.Penalties;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GenerationDefaultsTest {
    private static final Offer OFFER = new Offer(
            "m",
            EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer()),
            true,
            new GenerationDefaults(0.6, 0.95, 20, 0.1, 1.05),
            0);
    private static final String ASKED = "\"seed\":5,";

    private static SamplingParams sampling(String endpoint, String json) {
        byte[] body = ("{" + ASKED + json + "}").getBytes(StandardCharsets.UTF_8);
        return switch (endpoint) {
            case "chat" -> ChatRequest.parse(body, OFFER).fields().options().sampling();
            case "completions" ->
                CompletionRequest.parse(body, OFFER).fields().options().sampling();
            default ->
                ResponsesRequest.parse(body, OFFER).chat().fields().options().sampling();
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "chat | \"messages\":[{\"role\":\"user\",\"content\":\"a\"}]",
                "completions | \"prompt\":\"a\"",
                "responses | \"input\":\"a\""
            })
    void sampling_whatARequestDoesNotSay_isTheModels(String endpoint, String asked) {
        SamplingParams models = new SamplingParams(0.6, 0.95, 20, 0.1, 5).with(new Penalties(1.05, 0, 0));

        assertThat(sampling(endpoint, asked)).isEqualTo(models);
        assertThat(sampling(endpoint, asked + ",\"temperature\":null,\"top_k\":null"))
                .isEqualTo(models);
        assertThat(sampling(
                        endpoint,
                        asked + ",\"temperature\":1,\"top_p\":1,\"top_k\":0,\"min_p\":0" + ",\"repetition_penalty\":1"))
                .isEqualTo(new SamplingParams(1, 1, 0, 0, 5));
    }
}
