package dev.sublinear.engine.sampling;

import dev.sublinear.model.checkpoint.GenerationDefaults;
import java.util.Map;

/**
 * How a token is chosen. The order is: bias, penalties, temperature, top-k, top-p, min-p.
 *
 * @param temperature what logits are divided by; 0 takes the highest
 * @param topP the smallest set of likeliest tokens with at least this probability stays; 1 for all
 * @param topK number of likeliest tokens that stay; 0 for all
 * @param minP tokens stay that have at least this share of the likeliest token's probability; 0 for all
 * @param penalties for tokens that have occurred
 * @param logitBias what is added to the logits of these ids
 * @param seed of the request's own random stream
 */
public record SamplingParams(
        double temperature,
        double topP,
        int topK,
        double minP,
        Penalties penalties,
        Map<Integer, Double> logitBias,
        long seed) {
    private static final double MAX_TEMPERATURE = 2;
    private static final double MAX_BIAS = 100;
    private static final int MOST_BIASED = 1024;

    /** The likeliest token, always. */
    public static final SamplingParams GREEDY = new SamplingParams(0, 1, 0, 0, 0);

    /** @throws InvalidParameterException naming the first that is out of range */
    public SamplingParams {
        InvalidParameterException.require(
                temperature >= 0 && temperature <= MAX_TEMPERATURE, "temperature", "from 0 to 2", temperature);
        InvalidParameterException.require(topP > 0 && topP <= 1, "top_p", "above 0 and at most 1", topP);
        InvalidParameterException.require(topK >= 0, "top_k", "0 for all tokens, or positive", topK);
        InvalidParameterException.require(minP >= 0 && minP <= 1, "min_p", "from 0 to 1", minP);
        InvalidParameterException.require(
                logitBias.size() <= MOST_BIASED, "logit_bias", "of at most " + MOST_BIASED + " ids", logitBias.size());
        logitBias.forEach((id, bias) -> {
            InvalidParameterException.require(id >= 0, "logit_bias", "of ids that are not negative", id);
            InvalidParameterException.require(Math.abs(bias) <= MAX_BIAS, "logit_bias." + id, "from -100 to 100", bias);
        });
        logitBias = Map.copyOf(logitBias);
    }

    /** As the makers of a model would have it sampled, where they say it. */
    public static SamplingParams of(GenerationDefaults makers, long seed) {
        return new SamplingParams(makers.temperature(), makers.topP(), makers.topK(), makers.minP(), seed)
                .with(new Penalties(makers.repetitionPenalty(), 0, 0));
    }

    /** Without penalties and bias. */
    public SamplingParams(double temperature, double topP, int topK, double minP, long seed) {
        this(temperature, topP, topK, minP, Penalties.NONE, Map.of(), seed);
    }

    /** The same with the random stream of one of several answers; the first has that of the request. */
    public SamplingParams forChoice(int choice) {
        long own = choice == 0 ? seed : seed ^ RandomStream.mix(choice);
        return new SamplingParams(temperature, topP, topK, minP, penalties, logitBias, own);
    }

    public SamplingParams with(Penalties other) {
        return new SamplingParams(temperature, topP, topK, minP, other, logitBias, seed);
    }

    public SamplingParams withLogitBias(Map<Integer, Double> other) {
        return new SamplingParams(temperature, topP, topK, minP, penalties, other, seed);
    }
}
