package dev.sublinear.load.workload;

import java.util.Optional;

/**
 * The answer to a request that ran alone: what every stream of the same request must be.
 *
 * @param promptTokens of the prompt, as the server counts them
 * @param tokens of the answer
 * @param finish why it ended
 */
public record Golden(String text, int promptTokens, int tokens, String finish) {
    private static final int SHOWN = 20;

    /** Says what is wrong with a stream, if anything is. */
    public Optional<String> difference(String streamed, int streamedTokens, String streamedFinish) {
        if (!streamed.equals(text)) {
            int at = 0;
            while (at < Math.min(streamed.length(), text.length()) && streamed.charAt(at) == text.charAt(at)) {
                at++;
            }
            return Optional.of("after %d of %d characters it goes on with \"%s\", alone with \"%s\""
                    .formatted(at, text.length(), shown(streamed, at), shown(text, at)));
        }
        if (streamedTokens != tokens) {
            return Optional.of("it counts %d tokens, alone %d".formatted(streamedTokens, tokens));
        }
        if (!streamedFinish.equals(finish)) {
            return Optional.of("it ends with \"%s\", alone with \"%s\"".formatted(streamedFinish, finish));
        }
        return Optional.empty();
    }

    private static String shown(String text, int from) {
        return text.substring(from, Math.min(text.length(), from + SHOWN));
    }
}
