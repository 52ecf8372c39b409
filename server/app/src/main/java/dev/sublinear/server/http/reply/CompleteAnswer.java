package dev.sublinear.server.http.reply;

import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.sampling.Logprobs;
import java.util.List;

/**
 * One complete answer.
 *
 * @param index its index among the answers to all prompts of a request
 * @param pieces the text that each token added
 * @param rest the text that was held back until the end
 * @param tokens its tokens, if the request asks for logprobs
 * @param prompt the prompt's tokens, if the request asks for their logprobs
 */
record CompleteAnswer(
        int index, List<String> pieces, String rest, List<Scored> tokens, List<Scored> prompt, FinishReason reason) {

    String text() {
        return String.join("", pieces) + rest;
    }

    /** A token and its log probabilities. */
    record Scored(int id, Logprobs logprobs) {}
}
