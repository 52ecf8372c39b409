package dev.sublinear.server.http.reply;

import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.sampling.Logprobs;
import dev.sublinear.server.http.reply.CompleteAnswer.Scored;
import java.util.ArrayList;
import java.util.List;

/** The reply to a request that asks for answers to one prompt or several. */
public interface Reply {

    /** Returns the listener to the generation for the prompt at this index. */
    GenerationListener listener(int prompt);

    /**
     * One of the prompts.
     *
     * @param ids its tokens
     * @param first index of its first answer among all answers of the request
     * @param choices number of answers
     * @param isScored whether the reply tells logprobs
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Prompt(int[] ids, int first, int choices, boolean isScored) {

        List<Scored> scored(List<Logprobs> logprobs) {
            List<Scored> scored = new ArrayList<>();
            for (Logprobs each : logprobs) {
                scored.add(new Scored(ids[scored.size()], each));
            }
            return scored;
        }
    }
}
