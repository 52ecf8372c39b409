package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.generation.RejectedException.Reason;
import dev.sublinear.engine.sampling.SamplingParams;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RejectionTest extends EngineTestCase {
    static IntStream idsThatAreNoTokens() {
        return IntStream.of(-1, VOCABULARY, Integer.MAX_VALUE, Integer.MIN_VALUE);
    }

    @Test
    void submit_promptAndMaxTokensBeyondContext_isRejectedWithBothNumbers() {
        assertThat(rejection(request(8000, 193)))
                .hasMessage("the model's context is 8192 tokens; the prompt has 8000 and max_tokens is 193,"
                        + " 8193 together")
                .extracting(RejectedException::reason)
                .isEqualTo(Reason.CONTEXT_LENGTH);
        assertThat(rejection(request(8000, Integer.MAX_VALUE)).reason()).isEqualTo(Reason.CONTEXT_LENGTH);
    }

    @Test
    void submit_cacheThatNeverFits_isRejectedWithBothNumbers() {
        assertThat(rejection(request(10, 10))) // the idle engine has one byte
                .hasMessageMatching("a cache for 20 tokens needs up to \\d+ bytes, and the capacity is 1")
                .extracting(RejectedException::reason)
                .isEqualTo(Reason.CACHE_CAPACITY);
    }

    @ParameterizedTest
    @MethodSource("idsThatAreNoTokens")
    void submit_idThatIsNoToken_isRejected(int id) {
        GenerationRequest request = GenerationRequest.of(new int[] {1, id}, 1, UNLIMITED);
        assertThat(rejection(request))
                .hasMessage("token ids must be from 0 to " + (VOCABULARY - 1) + ", was " + id)
                .extracting(RejectedException::reason)
                .isEqualTo(Reason.INVALID);
    }

    @Test
    void submit_stopIdOfNoToken_isRejected() {
        assertThat(rejection(request(1, 1).with(new Stops(List.of(), Set.of(Integer.MAX_VALUE), false))))
                .hasMessage("stop_token_ids must be from 0 to " + (VOCABULARY - 1) + ", was " + Integer.MAX_VALUE);
    }

    @Test
    void submit_biasOfNoToken_isRejected() {
        SamplingParams params = SamplingParams.GREEDY.withLogitBias(Map.of(VOCABULARY, 1.0));
        assertThat(rejection(request(1, 1).with(params)))
                .hasMessage("logit_bias must have ids from 0 to " + (VOCABULARY - 1) + ", was " + VOCABULARY)
                .extracting(RejectedException::reason)
                .isEqualTo(Reason.INVALID_BIAS);
    }

    @Test
    void submit_minTokensBeyondMaxTokens_isRejected() {
        assertThat(rejection(request(1, 3).withMinTokens(4)))
                .hasMessage("min_tokens must be from 0 to max_tokens, 3, was 4");
    }

    @Test
    void submit_nothingToReadOrGenerate_isRejected() {
        assertThat(rejection(request(0, 1))).hasMessage("the prompt must have at least 1 token");
        assertThat(rejection(request(1, 0))).hasMessage("max_tokens must be at least 1, was 0");
        assertThat(rejection(request(1, -5))).hasMessage("max_tokens must be at least 1, was -5");
    }

    @Test
    void submit_queueFull_isRejectedUntilThereIsRoom() {
        ScriptedModel model = start(ScriptedModel.repeating("x ").hold());
        Recorder running = new Recorder();
        engine.submit(request(1, 1), running);
        await().until(() -> engine.queued() == 0);
        Recorder second = new Recorder();
        Recorder third = new Recorder();
        engine.submit(request(1, 1), second);
        engine.submit(request(1, 1), third);

        assertThat(rejection(request(1, 1)))
                .hasMessage("2 requests are waiting already")
                .extracting(RejectedException::reason)
                .isEqualTo(Reason.QUEUE_FULL);

        model.allow(10);
        List.of(running, second, third).forEach(Recorder::await);
        Recorder fourth = new Recorder();
        engine.submit(request(1, 1), fourth);
        fourth.await();
    }

    @Test
    void submit_moreChoicesThanMayRun_isRejected() {
        assertThat(rejection(request(1, 1).withChoices(2)))
                .hasMessage("n must be from 1 to 1, the sequences that may run, was 2");
    }
}
