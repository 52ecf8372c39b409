package dev.sublinear.server.http;

import dev.sublinear.engine.chat.AnswerReader;
import dev.sublinear.engine.chat.ChatException;
import dev.sublinear.engine.chat.Chats.PlannedTurn;
import dev.sublinear.engine.chat.Chats.ReadTurn;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.RejectedException;
import dev.sublinear.server.http.Generations.Draft;
import dev.sublinear.server.http.Generations.Plan;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.ChatRequest;
import dev.sublinear.server.http.reply.ReplyHead;
import dev.sublinear.server.http.reply.Shape;
import java.util.List;
import java.util.function.Supplier;

/** Has requests for chats planned, and says in their own words what cannot be. */
record ChatPlans(Served served) {

    /** Makes the shape of the answers to one chat. */
    interface Shaping {
        /**
         * Makes it.
         *
         * @param readers find what is thought, said and called in an answer
         */
        Shape of(ReplyHead head, Supplier<AnswerReader> readers);
    }

    /**
     * What a chat asks for.
     *
     * @param idPrefix of the reply's id
     */
    Draft draft(ChatRequest asked, String idPrefix, Shaping shaping) {
        ReadTurn read = saying(asked, () -> served.chats().read(asked.turn()));
        return new Draft(read.isConstrained(), () -> plan(asked, saying(asked, read::plan), idPrefix, shaping));
    }

    private Plan plan(ChatRequest asked, PlannedTurn turn, String idPrefix, Shaping shaping) {
        ReplyHead head = ReplyHead.begin(idPrefix, served.offer().model());
        return new Plan(
                head.id(),
                List.of(turn.request()),
                shaping.of(head, turn.readers()),
                asked.fields().streams(),
                asked.logprobs().scope() != LogprobsWanted.Scope.NONE,
                asked.names().messages());
    }

    /** Says what is wrong in the words of the request. */
    private static <T> T saying(ChatRequest asked, Supplier<T> work) {
        try {
            return work.get();
        } catch (ChatException e) {
            throw refusal(e, asked.names());
        } catch (RejectedException e) {
            throw ApiError.contextLengthExceeded(asked.names().messages(), e.getMessage());
        }
    }

    private static ApiError refusal(ChatException e, ChatRequest.Names names) {
        String param = switch (e.aspect()) {
            case MESSAGES -> names.messages();
            case TOOLS -> "tools";
            case FORMAT -> names.format();
            case SCHEMA -> names.schema();
        };
        return switch (e.reason()) {
            case NO_TEMPLATE_FOR_TOOLS ->
                ApiError.unsupportedParameter(param, param + ": the model has no chat template;");
            case NO_TOKEN_BYTES -> ApiError.unsupportedParameter(param, param + " with this model's tokenizer");
            case INVALID ->
                e.aspect() == ChatException.Aspect.MESSAGES
                        ? ApiError.invalidValue(param, "%s", String.valueOf(e.getMessage()))
                        : ApiError.invalidValue(param, "%s: %s", param, String.valueOf(e.getMessage()));
        };
    }
}
