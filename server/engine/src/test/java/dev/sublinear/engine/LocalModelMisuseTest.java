package dev.sublinear.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.engine.chat.ToolDefinition;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.sampling.InvalidParameterException;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.settings.CacheCapacity;
import dev.sublinear.engine.settings.CacheSettings;
import dev.sublinear.engine.settings.EngineSettings;
import dev.sublinear.engine.settings.StorageChoice;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a program may do wrong: each is its own fault, and no other call's. */
final class LocalModelMisuseTest {
    private static final ModelSource STUB = ModelSource.parse("stub:", Map.of());
    private static final ModelSource SLOW_STUB = ModelSource.parse("stub:tokens-per-second=100", Map.of());
    private static final EngineSettings SETTINGS = EngineSettings.DEFAULT.with(new CacheSettings(
            new CacheCapacity.Fixed(100_000_000),
            EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer()),
            new StorageChoice.Auto(),
            true));

    @Test
    void start_listenerThrowsAnError_failsThatAnswerAlone() {
        try (LocalModel model = LocalModel.open(SLOW_STUB, SETTINGS)) {
            OngoingAnswer other = model.complete("Other").maxTokens(30).start();
            OngoingAnswer failing = model.complete("Failing").maxTokens(30).start(token -> {
                throw new AssertionError("mine");
            });
            assertThatThrownBy(failing::await).isInstanceOf(AnswerException.class);
            assertThat(other.await().text()).hasSize(30);
            assertThat(model.complete("Next").maxTokens(3).await().text()).hasSize(3);
        }
    }

    @Test
    void await_andCloseOnTheEnginesThread_areRefused() {
        try (LocalModel model = LocalModel.open(STUB, SETTINGS)) {
            List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
            Answer answer = model.complete("Once")
                    .maxTokens(1)
                    .start(token -> {
                        thrown.add(failureOf(() -> model.complete("x").await()));
                        thrown.add(failureOf(() -> model.complete("x").stream(any -> {})));
                        thrown.add(failureOf(model::close));
                    })
                    .await();
            assertThat(answer.text()).hasSize(1);
            assertThat(thrown)
                    .hasSize(3)
                    .allSatisfy(each -> assertThat(each)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("must not be called on its thread"));
        }
    }

    private static Throwable failureOf(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            return e;
        }
        return new AssertionError("nothing was thrown");
    }

    @Test
    void future_whatIsChainedToIt_mayAwait() throws Exception {
        try (LocalModel model = LocalModel.open(STUB, SETTINGS)) {
            CompletableFuture<Answer> chained = model.complete("a")
                    .maxTokens(2)
                    .start()
                    .future()
                    .thenApply(
                            first -> model.complete(first.text()).maxTokens(4).await());
            assertThat(chained.get().text()).hasSize(4);
        }
    }

    @Test
    void completeAll_interrupted_cancelsAllAndSaysSo() {
        try (LocalModel model = LocalModel.open(SLOW_STUB, SETTINGS)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> model.completeAll(Collections.nCopies(400, "Once"), SamplingParams.GREEDY, 200))
                    .isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> model.engine().status().equals(EngineStatus.IDLE));
        }
    }

    @Test
    void timeout_longerThanAClockCounts_isNone() {
        try (LocalModel model = LocalModel.open(STUB, SETTINGS)) {
            Answer answer = model.complete("Hi")
                    .timeout(ChronoUnit.FOREVER.getDuration())
                    .maxTokens(2)
                    .await();
            assertThat(answer.text()).hasSize(2);
        }
    }

    @Test
    void call_wrongValues_areRefusedByName() {
        try (LocalModel model = LocalModel.open(STUB, SETTINGS)) {
            CompletionCall call = model.complete("Hi");
            assertThatThrownBy(() -> call.timeout(Duration.ZERO)).hasMessage("timeout must be positive, was PT0S");
            assertThatThrownBy(() -> call.stopAt("")).hasMessage("a stop text must not be empty");
            assertThatThrownBy(() -> call.logprobs(-1)).hasMessage("alternatives must be from 0 to 20, was -1");
            assertThatThrownBy(() -> call.maxTokens(-1).start())
                    .isInstanceOf(InvalidParameterException.class)
                    .hasMessage("max_tokens must be at least 1, was -1");
            assertThatThrownBy(() -> model.chat(List.of())).hasMessage("a chat must have at least one message");
        }
        assertThatThrownBy(() -> ToolDefinition.of("a", "", "[1]"))
                .hasMessage("the parameters of tool a must be a JSON Schema, an object, was [1]");
        assertThatThrownBy(() -> ModelSource.parse(" ", Map.of()))
                .hasMessage("must be a path or a name on the hub, was \" \"");
    }

    @Test
    void close_whileOthersCall_failsThemAndLetsNothingGoThatTheyUse() throws InterruptedException {
        String text = "word and other words, ".repeat(2000);
        LocalModel model = LocalModel.open(STUB, SETTINGS);
        List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
        List<Thread> callers = new ArrayList<>();
        CountDownLatch atIt = new CountDownLatch(4);
        for (int i = 0; i < 4; i++) {
            Thread caller = new Thread(() -> {
                while (thrown.size() < 4) {
                    try {
                        model.complete(text);
                        atIt.countDown();
                    } catch (RuntimeException e) {
                        thrown.add(e);
                        return;
                    }
                }
            });
            callers.add(caller);
            caller.start();
        }
        atIt.await();
        model.close();
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(thrown)
                .hasSize(4)
                .allSatisfy(each -> assertThat(each)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("is closed"));
        assertThatThrownBy(() -> model.complete("x")).hasMessage("the model is closed");
        model.close();
    }
}
