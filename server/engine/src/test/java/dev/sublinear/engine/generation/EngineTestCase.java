package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;

abstract class EngineTestCase {
    static final EvictionPolicy UNLIMITED = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
    static final long CAPACITY = 10_000_000;
    static final SchedulerSettings ONE_AT_A_TIME = SchedulerSettings.of(2, 1);

    static {
        Awaitility.setDefaultTimeout(Duration.ofMinutes(1)); // a busy machine is no failure
    }

    Engine engine = idle();

    static Engine idle() {
        return Engine.start(
                () -> ScriptedModel.repeating("word "), ScriptedModel.TOKENIZER, ONE_AT_A_TIME, 1, EngineListener.NONE);
    }

    ScriptedModel start(ScriptedModel model) {
        engine.close();
        engine = Engine.start(() -> model, ScriptedModel.TOKENIZER, ONE_AT_A_TIME, CAPACITY, EngineListener.NONE);
        return model;
    }

    @AfterEach
    void close() {
        engine.close();
        assertThat(engine.status()).as("nothing is left").isEqualTo(EngineStatus.IDLE);
    }

    static final int VOCABULARY = ScriptedModel.TOKENIZER.vocabSize();

    void start(ScriptedModel model, SchedulerSettings settings, EngineListener listener) {
        engine.close();
        engine = Engine.start(() -> model, ScriptedModel.TOKENIZER, settings, CAPACITY, listener);
    }

    static FinishReason reason(Recorder recorder) {
        return recorder.await().choices().get(0).reason();
    }

    RejectedException rejection(GenerationRequest request) {
        return catchThrowableOfType(RejectedException.class, () -> engine.submit(request, new Recorder()));
    }

    static GenerationRequest request(int prompt, int maxTokens) {
        return GenerationRequest.of(new int[prompt], maxTokens, UNLIMITED);
    }
}
