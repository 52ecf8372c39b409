package dev.sublinear.langchain4j;

import static java.util.Objects.requireNonNullElse;
import static java.util.Objects.requireNonNullElseGet;

import dev.sublinear.engine.sampling.InvalidParameterException;
import dev.sublinear.engine.sampling.Penalties;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** How a request has its tokens chosen. */
final class Sampling {
    private static final Pattern WORD = Pattern.compile("_([a-z])");

    private Sampling() {}

    /**
     * Returns what a request says, and what the model's makers say where it is silent.
     *
     * @throws IllegalArgumentException naming the first parameter that is out of range
     */
    static SamplingParams of(SublinearChatRequestParameters asked, GenerationDefaults makers) {
        try {
            return new SamplingParams(
                    requireNonNullElse(asked.temperature(), makers.temperature()),
                    requireNonNullElse(asked.topP(), makers.topP()),
                    requireNonNullElse(asked.topK(), makers.topK()),
                    requireNonNullElse(asked.minP(), makers.minP()),
                    new Penalties(
                            requireNonNullElse(asked.repetitionPenalty(), makers.repetitionPenalty()),
                            requireNonNullElse(asked.presencePenalty(), 0.0),
                            requireNonNullElse(asked.frequencyPenalty(), 0.0)),
                    requireNonNullElse(asked.logitBias(), Map.of()),
                    requireNonNullElseGet(asked.seed(), ThreadLocalRandom.current()::nextLong));
        } catch (InvalidParameterException e) {
            throw new IllegalArgumentException(camelCase(e.parameter()) + " " + e.rule(), e);
        }
    }

    /** The engine spells top_p what LangChain4j spells topP. */
    private static String camelCase(String name) {
        return WORD.matcher(name).replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
    }
}
