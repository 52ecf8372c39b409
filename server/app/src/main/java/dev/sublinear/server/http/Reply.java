package dev.sublinear.server.http;

import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.sampling.Logprobs;
import dev.sublinear.server.http.Answer.Scored;
import java.util.ArrayList;
import java.util.List;

/** The reply to a request that asks for answers to one prompt or several. */
interface Reply {

    /** Hears of the answers to the prompt at this place. */
    GenerationListener listener(int prompt);

    /**
     * One of the prompts.
     *
     * @param ids its tokens
     * @param first place of its first answer among all answers
     * @param choices how many answers it gets
     * @param isScored whether logprobs are told
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
