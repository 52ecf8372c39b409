package dev.sublinear.server.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.engine.model.HeldTokens;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.RetainedTokens;
import org.jspecify.annotations.Nullable;

/**
 * What keeps one token of a sequence.
 *
 * @param number the sequence's name
 * @param position of the token
 * @param layers for each layer and key-value head why it holds the token; null where it was evicted
 */
@SuppressWarnings("ArrayRecordComponent") // written, never compared
public record TokenPlace(
        String number,
        int position,
        @JsonProperty("seen_tokens") int seenTokens,
        @Nullable KeptBy[][] layers) {

    static TokenPlace of(String number, HeldTokens tokens, KvShape shape, int position) {
        int seen = Retention.seen(tokens);
        @Nullable KeptBy[][] layers = new @Nullable KeptBy[tokens.layers().size()][];
        for (int layer = 0; layer < layers.length; layer++) {
            RetainedTokens held = tokens.layers().get(layer);
            layers[layer] = new @Nullable KeptBy[held.positions().length];
            for (int head = 0; head < layers[layer].length; head++) {
                layers[layer][head] = KeptBy.of(shape.policy(tokens.policy(), layer), seen, held, head, position)
                        .orElse(null);
            }
        }
        return new TokenPlace(number, position, seen, layers);
    }
}
