package dev.sublinear.server.http;

import dev.sublinear.engine.chat.Chats;
import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.RejectedException;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.model.text.TooManyTokensException;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.Offer;
import dev.sublinear.server.web.ServerFacts;
import java.util.List;

/**
 * What the routes are about.
 *
 * @param offer the model by its name, and the policy it runs with
 * @param configuration what else is in force: terms and values, to be read by people
 */
public record Served(Engine engine, Tokenizer tokenizer, Chats chats, Offer offer, List<List<String>> configuration) {

    /**
     * Returns the tokenizer for a text that may fit into the model's context.
     *
     * @throws ApiError if it cannot, which is found out before it is encoded: that takes a thread as long as its sender wants
     */
    Tokenizer encodable(String field, String text) {
        try {
            tokenizer.requireAtMost(engine.spec().maxPositions(), text);
            return tokenizer;
        } catch (TooManyTokensException e) {
            throw ApiError.contextLengthExceeded(
                    field, RejectedException.tooLong(e).getMessage());
        }
    }

    /** Refuses more tokens than the model can read. */
    void requireWithinContext(String field, int[] ids) {
        int context = engine.spec().maxPositions();
        if (ids.length > context) {
            throw ApiError.contextLengthExceeded(
                    field, "the model's context is " + context + " tokens; " + field + " has " + ids.length);
        }
    }

    ServerFacts facts() {
        return new ServerFacts(
                offer.model(),
                offer.policy().budget().toString(),
                offer.policy().scorer().name(),
                Scorers.all().stream().map(Scorer::name).toList(),
                offer.allowOverride(),
                configuration);
    }
}
