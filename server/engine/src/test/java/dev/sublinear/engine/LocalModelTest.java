package dev.sublinear.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.chat.ChatException;
import dev.sublinear.engine.chat.ToolDefinition;
import dev.sublinear.engine.generation.EngineListener;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.RejectedException;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.settings.CacheCapacity;
import dev.sublinear.engine.settings.CacheSettings;
import dev.sublinear.engine.settings.EngineSettings;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.engine.settings.StorageChoice;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.engine.source.OpenModel;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.Execution;
import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalModelTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ModelSource STUB = ModelSource.parse("stub:", Map.of());
    private static final ModelSource SLOW_STUB = ModelSource.parse("stub:tokens-per-second=100", Map.of());

    private static final EngineSettings SETTINGS = EngineSettings.DEFAULT
            .with(new CacheSettings(
                    new CacheCapacity.Fixed(100_000_000),
                    EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer()),
                    new StorageChoice.Auto(),
                    true))
            .with(SchedulerSettings.of(3, 2));

    private static final List<Message> QUESTION =
            List.of(Message.of(Role.SYSTEM, "Be brief."), Message.of(Role.USER, "What is it?"));

    @TempDir
    private Path directory;

    /** The fixture's tokenizer and Qwen's template around a model that says what the test wants. */
    private LocalModel scripted(ScriptedModel script) throws IOException {
        try (Stream<Path> files = Files.list(FixtureModel.directory())) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName().toString()));
            }
        }
        try (InputStream template = LocalModelTest.class.getResourceAsStream("/chat/qwen-2.5.jinja")) {
            Files.copy(Objects.requireNonNull(template), directory.resolve("chat_template.jinja"));
        }
        OpenModel opened = new ForwardingModel(
                ModelSource.parse(directory.toString(), Map.of()).open()) {
            @Override
            public LanguageModel load(Execution execution, LoadListener listener) {
                return script;
            }
        };
        return LocalModel.open(opened, SETTINGS, EngineListener.NONE, LoadListener.NONE);
    }

    private static void awaitIdle(LocalModel model) {
        Awaitility.await().until(() -> model.engine().status().equals(EngineStatus.IDLE));
    }

    @Test
    void await_completion_isWhatStreamTells() {
        try (LocalModel model = LocalModel.open(STUB, SETTINGS)) {
            Answer awaited = model.complete("Once upon").maxTokens(40).await();
            List<Token> told = new ArrayList<>();
            Answer streamed = model.complete("Once upon").maxTokens(40).stream(told::add);

            assertThat(awaited.text()).hasSize(40).isEqualTo(streamed.text());
            assertThat(told.stream().map(Token::text).collect(Collectors.joining()))
                    .isEqualTo(awaited.text());
            assertThat(streamed.tokens()).isEqualTo(told);
            assertThat(awaited.finish()).isEqualTo(Answer.Finish.LENGTH);
            assertThat(awaited.promptTokens()).isEqualTo("Once upon".length());
            assertThat(awaited.generatedTokens()).isEqualTo(40);
        }
    }

    @Test
    void stream_hearsOnTheCallersThread() {
        try (LocalModel model = LocalModel.open(STUB, SETTINGS)) {
            List<Thread> threads = new ArrayList<>();
            model.complete("Once").maxTokens(5).stream(token -> threads.add(Thread.currentThread()));
            assertThat(threads).hasSize(5).containsOnly(Thread.currentThread());
        }
    }

    @Test
    void stream_listenerThrows_cancelsAndThrowsOn() {
        try (LocalModel model = LocalModel.open(SLOW_STUB, SETTINGS)) {
            assertThatThrownBy(() -> model.complete("Once").maxTokens(4000).stream(token -> {
                        throw new IllegalStateException("full");
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("full");
            awaitIdle(model);
        }
    }

    @Test
    void cancel_ongoingAnswer_givesWhatWasGeneratedAndFreesTheCache() {
        try (LocalModel model = LocalModel.open(SLOW_STUB, SETTINGS)) {
            OngoingAnswer ongoing = model.complete("Once").maxTokens(4000).start();
            ongoing.cancel();
            Answer answer = ongoing.await();
            assertThat(answer.finish()).isEqualTo(Answer.Finish.CANCELLED);
            assertThat(answer.text().length()).isLessThan(4000);
            awaitIdle(model);
        }
    }

    @Test
    void await_interrupted_cancelsAndStaysInterrupted() {
        try (LocalModel model = LocalModel.open(SLOW_STUB, SETTINGS)) {
            Thread.currentThread().interrupt();
            Answer answer = model.complete("Once").maxTokens(4000).await();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(answer.finish()).isEqualTo(Answer.Finish.CANCELLED);
            awaitIdle(model);
        }
    }

    @Test
    void completeAll_morePromptsThanTheQueueHolds_answersEachAsIfAlone() {
        List<String> prompts =
                IntStream.range(0, 30).mapToObj(i -> "Prompt " + i).toList();
        try (LocalModel model = LocalModel.open(STUB, SETTINGS)) {
            List<Answer> rows = model.completeAll(prompts, SamplingParams.GREEDY, 20);
            assertThat(rows).hasSameSizeAs(prompts);
            for (int i = 0; i < prompts.size(); i++) {
                Answer alone = model.complete(prompts.get(i))
                        .sampling(SamplingParams.GREEDY)
                        .maxTokens(20)
                        .await();
                assertThat(rows.get(i).text()).isEqualTo(alone.text());
            }
            awaitIdle(model);
        }
    }

    @Test
    void completeAll_onePromptTooLong_cancelsTheOthers() {
        List<String> prompts = List.of("a", "b", "c".repeat(20_000), "d");
        try (LocalModel model = LocalModel.open(SLOW_STUB, SETTINGS)) {
            assertThatThrownBy(() -> model.completeAll(prompts, SamplingParams.GREEDY, 1000))
                    .isInstanceOf(RejectedException.class)
                    .hasMessageContaining("20000");
            awaitIdle(model);
        }
    }

    @Test
    void chat_withAToolThatIsCalled_endsWithTheCall() throws IOException {
        String call = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";
        ToolDefinition weather = ToolDefinition.of(
                "weather",
                "Tells the weather",
                "{\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}}}");
        try (LocalModel model = scripted(ScriptedModel.answering(call))) {
            StringBuilder words = new StringBuilder();
            Answer answer = model.chat(QUESTION).sampling(SamplingParams.GREEDY).tools(List.of(weather)).stream(
                    token -> words.append(token.text()));

            assertThat(answer.finish()).isEqualTo(Answer.Finish.TOOL_CALLS);
            assertThat(answer.calls()).singleElement().satisfies(called -> {
                assertThat(called.call().name()).isEqualTo("weather");
                assertThat(called.call().json().path("city").asText()).isEqualTo("Oslo");
            });
            assertThat(words.toString()).isBlank();
            assertThat(answer.message().toolCalls()).hasSize(1);
        }
    }

    @Test
    void chat_withASchema_isValidJson() throws IOException {
        JsonNode schema = JSON.readTree(
                "{\"type\": \"object\", \"properties\": {\"answer\": {\"enum\": [\"yes\", \"no\"]}}, \"required\": [\"answer\"]}");
        try (LocalModel model = LocalModel.open(STUB, SETTINGS)) {
            Answer answer = model.chat(QUESTION).json(schema).await();
            assertThat(JSON.readTree(answer.text()).path("answer").asText()).isIn("yes", "no");
            assertThat(answer.finish()).isEqualTo(Answer.Finish.STOP);
        }
    }

    @Test
    void chat_toolsWithoutATemplate_isRefused() {
        ToolDefinition any = ToolDefinition.of("any", "", "{}");
        try (LocalModel model = LocalModel.open(STUB, SETTINGS)) {
            assertThatThrownBy(() -> model.chat(QUESTION).tools(List.of(any)).start())
                    .isInstanceOf(ChatException.class)
                    .hasMessage("tools need a chat template, and the model has none");
        }
    }

    @Test
    void chat_systemMessageUnderABudget_isPinned() {
        EngineSettings pruned =
                SETTINGS.withPolicy(EvictionPolicy.of(new BudgetSchedule.Fixed(400), new RecencyScorer()));
        try (LocalModel model = LocalModel.open(SLOW_STUB, pruned)) {
            OngoingAnswer ongoing = model.chat(QUESTION).start();
            Awaitility.await().until(() -> !model.engine().watch().join().isEmpty());
            assertThat(model.engine()
                            .watch()
                            .join()
                            .get(0)
                            .policy()
                            .protection()
                            .pinned()
                            .length())
                    .isBetween("System: Be brief.".length(), "System: Be brief.\nUser: ".length());
            ongoing.cancel();
        }
    }

    @Test
    void open_modelThatDoesNotLoad_leavesNothingBehind() {
        Set<String> before = threads();
        OpenModel broken = new ForwardingModel(STUB.open()) {
            @Override
            public LanguageModel load(Execution execution, LoadListener listener) {
                throw new IllegalStateException("no weights");
            }
        };
        assertThatThrownBy(() -> LocalModel.open(broken, SETTINGS, EngineListener.NONE, LoadListener.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no weights");
        Awaitility.await().until(() -> threads().equals(before));
    }

    @Test
    void close_endsItsThreads() {
        Set<String> before = threads();
        try (LocalModel model = LocalModel.open(STUB, SETTINGS)) {
            model.complete("Once").maxTokens(3).await();
            assertThat(threads()).contains("engine");
        }
        Awaitility.await().until(() -> threads().equals(before));
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.equals("engine") || name.equals("mask"))
                .collect(Collectors.toSet());
    }
}
