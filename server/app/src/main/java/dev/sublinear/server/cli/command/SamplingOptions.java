package dev.sublinear.server.cli.command;

import dev.sublinear.engine.sampling.InvalidParameterException;
import dev.sublinear.engine.sampling.Penalties;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How tokens are chosen; where an option is silent, as the model's makers would have it. */
public final class SamplingOptions {
    @Option(names = "--temperature", description = "0 for the likeliest token (default: what the model's makers say)")
    private @Nullable Double temperature;

    @Option(
            names = "--top-p",
            description = "probability of the likeliest tokens to choose from (default: what the model's makers say)")
    private @Nullable Double topP;

    @Option(
            names = "--top-k",
            description = "number of the likeliest tokens to choose from, 0 for all (default: what the makers say)")
    private @Nullable Integer topK;

    @Option(
            names = "--min-p",
            description = "least share of the likeliest token's probability (default: what the makers say)")
    private @Nullable Double minP;

    @Option(names = "--seed", description = "the same seed, the same text")
    private long seed = ThreadLocalRandom.current().nextLong();

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    /** Refuses options that are wrong for every model. */
    public void verify() {
        params(GenerationDefaults.NONE);
    }

    /**
     * Returns what is in force.
     *
     * @throws ParameterException if an option cannot be
     */
    public SamplingParams params(GenerationDefaults makers) {
        try {
            return new SamplingParams(
                            Objects.requireNonNullElse(temperature, makers.temperature()),
                            Objects.requireNonNullElse(topP, makers.topP()),
                            Objects.requireNonNullElse(topK, makers.topK()),
                            Objects.requireNonNullElse(minP, makers.minP()),
                            seed)
                    .with(new Penalties(makers.repetitionPenalty(), 0, 0));
        } catch (InvalidParameterException e) {
            String option = "--" + e.parameter().replace('_', '-');
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), option + " " + e.rule(), e);
        }
    }
}
