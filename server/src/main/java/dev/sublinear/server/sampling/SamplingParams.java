package dev.sublinear.server.sampling;

/**
 * How a token is chosen.
 *
 * @param temperature what logits are divided by; 0 takes the highest
 * @param topP the smallest set of likeliest tokens with at least this probability stays; 1 for all
 * @param topK so many of the likeliest tokens stay; 0 for all
 * @param minP tokens stay that have at least this share of the likeliest token's probability; 0 for all
 * @param seed of the request's own random stream
 */
public record SamplingParams(double temperature, double topP, int topK, double minP, long seed) {
    private static final double MAX_TEMPERATURE = 2;

    /** The likeliest token, always. */
    public static final SamplingParams GREEDY = new SamplingParams(0, 1, 0, 0, 0);

    /** @throws InvalidParameterException naming the first that is out of range */
    public SamplingParams {
        require(temperature >= 0 && temperature <= MAX_TEMPERATURE, "temperature", "from 0 to 2", temperature);
        require(topP > 0 && topP <= 1, "top_p", "above 0 and at most 1", topP);
        require(topK >= 0, "top_k", "0 for all tokens, or positive", topK);
        require(minP >= 0 && minP <= 1, "min_p", "from 0 to 1", minP);
    }

    private static void require(boolean holds, String parameter, String rule, Object value) {
        if (!holds) {
            throw new InvalidParameterException(parameter, rule, value);
        }
    }
}
