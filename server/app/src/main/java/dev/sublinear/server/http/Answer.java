package dev.sublinear.server.http;

import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.sampling.Logprobs;
import java.util.List;

/**
 * One complete answer.
 *
 * @param index its place among the answers to all prompts of a request
 * @param pieces of its text, that each token added
 * @param rest of its text, that was left at the end
 * @param tokens of the answer, if their logprobs are wanted
 * @param prompt its tokens, if their logprobs are wanted
 */
record Answer(
        int index, List<String> pieces, String rest, List<Scored> tokens, List<Scored> prompt, FinishReason reason) {

    String text() {
        return String.join("", pieces) + rest;
    }

    /** A token, and how likely it was. */
    record Scored(int id, Logprobs logprobs) {}
}
