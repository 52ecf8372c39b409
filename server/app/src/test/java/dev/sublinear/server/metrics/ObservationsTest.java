package dev.sublinear.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.Drafts;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.generation.GenerationException;
import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.model.CacheUsage;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.server.http.reply.RequestListener.Endpoint;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ObservationsTest {
    private static final GenerationRequest REQUEST =
            GenerationRequest.of(new int[5], 7, EvictionPolicy.of(new BudgetSchedule.Fixed(100), new RecencyScorer()));
    private static final Completion COMPLETION = new Completion(
            5,
            0,
            List.of(new Completion.Choice(FinishReason.LENGTH, 7, Drafts.NONE, new CacheUsage(List.of(layer()), 99))),
            new Completion.Timing(1, 2, 3));

    private final List<Observation.Context> stopped = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private final GenerationListener reply = new GenerationListener() {
        @Override
        public void onToken(int choice, ChosenToken token) {
            heard.add("token");
        }

        @Override
        public void onChoiceFinished(int choice, String rest, FinishReason reason) {
            heard.add("choice");
        }

        @Override
        public void onFinished(Completion completion) {
            heard.add("finished");
        }

        @Override
        public void onFailed(GenerationException failure) {
            heard.add("failed");
        }
    };

    @Test
    void accompany_generationThatEnds_isOneObservationWithTheConventionsNames() {
        GenerationListener listener = observations().accompany(Endpoint.COMPLETIONS, REQUEST, reply);
        listener.onChoiceFinished(0, "", FinishReason.LENGTH);
        listener.onFinished(COMPLETION);

        assertThat(heard).containsExactly("choice", "finished");
        assertThat(stopped).hasSize(1);
        Observation.Context context = stopped.get(0);
        assertThat(context.getContextualName()).isEqualTo("text_completion tiny");
        assertThat(context.getLowCardinalityKeyValues().toString())
                .contains("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model");
        assertThat(value(context, "gen_ai.usage.input_tokens")).isEqualTo("5");
        assertThat(value(context, "gen_ai.usage.output_tokens")).isEqualTo("7");
        assertThat(value(context, "gen_ai.response.finish_reasons")).isEqualTo("length");
        assertThat(value(context, "gen_ai.request.max_tokens")).isEqualTo("7");
        assertThat(value(context, "kv_cache.budget")).isEqualTo("fixed:100");
        assertThat(value(context, "kv_cache.retained_tokens")).isEqualTo("6");
    }

    @Test
    void accompany_nobodyListens_isTheReplyItself() {
        assertThat(Observations.ofServices("tiny").accompany(Endpoint.COMPLETIONS, REQUEST, reply))
                .isSameAs(reply);
    }

    private Observations observations() {
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public void onStop(Observation.Context context) {
                stopped.add(context);
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        return new Observations(registry, "tiny");
    }

    private static String value(Observation.Context context, String key) {
        return java.util.Objects.requireNonNull(context.getHighCardinalityKeyValue(key), key)
                .getValue();
    }

    private static CacheUsage.Layer layer() {
        return new CacheUsage.Layer(12, List.of(6), 6, 99, 0);
    }
}
