package dev.sublinear.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.Answer;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.chat.ToolDefinition;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.settings.EngineSettings;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a program writes that has only sublinear-engine on its class path. */
final class TenLinesTest {

    @Test
    void tenLines_onTheBundledModel_answer() {
        String source = System.getProperty("model");
        EvictionPolicy policy =
                EvictionPolicy.of(BudgetSchedule.parse("power-law:alpha=8,exponent=0.5"), new HeavyHitterScorer());
        List<String> prompts = List.of("The capital of France is", "The capital of Italy is", "Water boils at");
        List<Message> messages = List.of(Message.of(Role.USER, "What is the capital city of France? Answer in one sentence."));
        ToolDefinition weather = ToolDefinition.of(
                "weather",
                "Tells the weather of a city",
                "{\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}}}");
        List<String> emitted = new ArrayList<>();

        try (LocalModel model =
                LocalModel.open(ModelSource.parse(source), EngineSettings.DEFAULT.withPolicy(policy))) {
            Answer answer = model.complete("Once upon").maxTokens(64).await();
            assertThat(answer.generatedTokens()).isBetween(1, 64);

            List<Answer> rows = model.completeAll(prompts, SamplingParams.GREEDY, 8);
            assertThat(rows.get(0).text()).contains("Paris");
            assertThat(rows.get(1).text()).contains("Rome");

            Answer said = model.chat(messages)
                    .sampling(SamplingParams.GREEDY)
                    .maxTokens(64)
                    .stream(token -> emitted.add(token.text()));
            assertThat(said.text()).contains("Paris");
            assertThat(String.join("", emitted)).isEqualTo(said.text());

            Answer offered = model.chat(messages)
                    .tools(List.of(weather))
                    .maxTokens(32)
                    .stream(token -> emitted.add(token.text()));
            assertThat(offered.generatedTokens()).isPositive();
        }
    }
}
