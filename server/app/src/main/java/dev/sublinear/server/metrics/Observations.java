package dev.sublinear.server.metrics;

import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.generation.GenerationException;
import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.sampling.Logprobs;
import dev.sublinear.server.http.reply.RequestListener.Endpoint;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/**
 * Makes an {@link Observation} of each generation for each {@link ObservationHandler} on the class path that is provided as
 * a service, such as a bridge to OpenTelemetry; without one it costs nothing. Names follow OpenTelemetry's conventions for
 * generative AI, v1.41.0, and begin with {@code kv_cache} where those have none. Contains no text of prompts or answers.
 */
final class Observations {
    private static final String NAME = "gen_ai.server.request";
    private static final String PROVIDER = "sublinear";

    private final ObservationRegistry registry;
    private final String model;

    Observations(ObservationRegistry registry, String model) {
        this.registry = registry;
        this.model = model;
    }

    /** Uses the handlers that are provided as services on the class path. */
    static Observations ofServices(String model) {
        ObservationRegistry registry = ObservationRegistry.create();
        for (ObservationHandler<?> handler : ServiceLoader.load(ObservationHandler.class)) {
            registry.observationConfig().observationHandler(handler);
        }
        return new Observations(registry, model);
    }

    /** Returns the listener of a generation: {@code reply} itself, or around it one that observes, if there is a handler. */
    GenerationListener accompany(Endpoint endpoint, GenerationRequest request, GenerationListener reply) {
        if (registry.isNoop()) {
            return reply;
        }
        String operation = operation(endpoint);
        Observation observation = Observation.createNotStarted(NAME, registry)
                .contextualName(operation + " " + model)
                .lowCardinalityKeyValue("gen_ai.operation.name", operation)
                .lowCardinalityKeyValue("gen_ai.provider.name", PROVIDER)
                .lowCardinalityKeyValue("gen_ai.request.model", model)
                .highCardinalityKeyValues(asked(request))
                .start();
        return new Observed(observation, reply);
    }

    private static String operation(Endpoint endpoint) {
        return endpoint.name().toLowerCase(Locale.ROOT).contains("chat") ? "chat" : "text_completion";
    }

    private static KeyValues asked(GenerationRequest request) {
        return KeyValues.of(
                number("gen_ai.request.max_tokens", request.maxTokens()),
                number("gen_ai.request.choice.count", request.choices()),
                number("gen_ai.request.temperature", request.sampling().temperature()),
                number("gen_ai.request.top_p", request.sampling().topP()),
                number("gen_ai.request.top_k", request.sampling().topK()),
                number("gen_ai.request.seed", request.sampling().seed()),
                KeyValue.of("kv_cache.budget", request.policy().budget().toString()),
                KeyValue.of("kv_cache.scorer", request.policy().scorer().name()));
    }

    private static KeyValue number(String key, Number value) {
        return KeyValue.of(key, value.toString());
    }

    private record Observed(Observation observation, GenerationListener reply) implements GenerationListener {
        @Override
        public void onPromptRead(List<Logprobs> logprobs) {
            reply.onPromptRead(logprobs);
        }

        @Override
        public void onToken(int choice, ChosenToken token) {
            reply.onToken(choice, token);
        }

        @Override
        public void onChoiceFinished(int choice, String rest, FinishReason reason) {
            reply.onChoiceFinished(choice, rest, reason);
        }

        @Override
        public void onFinished(Completion completion) {
            String reasons = completion.choices().stream()
                    .map(choice -> choice.reason().name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(","));
            observation
                    .highCardinalityKeyValues(KeyValues.of(
                            KeyValue.of("gen_ai.response.finish_reasons", reasons),
                            number("gen_ai.usage.input_tokens", completion.promptTokens()),
                            number("gen_ai.usage.output_tokens", completion.generatedTokens()),
                            number("kv_cache.seen_tokens", completion.cache().seen()),
                            number(
                                    "kv_cache.retained_tokens",
                                    completion.cache().retained()),
                            number("kv_cache.bytes", completion.cache().bytes())))
                    .stop();
            reply.onFinished(completion);
        }

        @Override
        public void onFailed(GenerationException failure) {
            observation
                    .lowCardinalityKeyValue(
                            "error.type", failure.reason().name().toLowerCase(Locale.ROOT))
                    .error(failure)
                    .stop();
            reply.onFailed(failure);
        }
    }
}
