package dev.sublinear.server.http;

import dev.sublinear.engine.chat.Chats;
import dev.sublinear.engine.generation.Engine;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.text.Tokenizer;
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
