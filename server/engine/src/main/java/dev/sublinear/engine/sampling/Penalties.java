package dev.sublinear.engine.sampling;

/**
 * What a token loses for having occurred.
 *
 * @param repetition the logit of a token in the prompt or the answer is divided by this if positive, else multiplied; 1
 *     for nothing. Keskar et al., <a href="https://arxiv.org/abs/1909.05858">2019</a>, as in <a
 *     href="https://huggingface.co/docs/transformers/internal/generation_utils">Hugging Face transformers</a>
 * @param presence is taken from the logit of a token in the answer
 * @param frequency is taken from it for each time that it occurs there; both as <a
 *     href="https://platform.openai.com/docs/api-reference/chat/create">OpenAI</a> defines them
 */
public record Penalties(double repetition, double presence, double frequency) {
    private static final double MAX_REPETITION = 100;
    private static final double MOST_ADDED = 2;

    /** What has occurred does not matter. */
    public static final Penalties NONE = new Penalties(1, 0, 0);

    /** @throws InvalidParameterException naming the first that is out of range */
    public Penalties {
        InvalidParameterException.require(
                repetition > 0 && repetition <= MAX_REPETITION,
                "repetition_penalty",
                "above 0 and at most 100",
                repetition);
        InvalidParameterException.require(
                Math.abs(presence) <= MOST_ADDED, "presence_penalty", "from -2 to 2", presence);
        InvalidParameterException.require(
                Math.abs(frequency) <= MOST_ADDED, "frequency_penalty", "from -2 to 2", frequency);
    }
}
