package dev.sublinear.server.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.engine.model.HeldTokens;
import dev.sublinear.kvcache.RetainedTokens;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens of a sequence its cache still holds.
 *
 * @param number the sequence's name
 * @param layers number of layers of the model
 * @param heads number of heads that could hold a token: one, those of one layer, or of all
 * @param heldByHead tokens that each key-value head of each layer holds, also where only some heads are counted
 * @param held for each token the number of heads that hold it
 * @param scores for each token the mean of the scores by which those heads rank it; zero where no head holds it
 * @param pieces the text of each token; null for a client that did not send the request
 */
@SuppressWarnings("ArrayRecordComponent") // written, never compared
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Retention(
        String number,
        int layers,
        int heads,
        @JsonProperty("held_by_head") int[][] heldByHead,
        @JsonProperty("seen_tokens") int seenTokens,
        int[] held,
        float[] scores,
        @Nullable List<String> pieces) {

    /**
     * Sums over some heads.
     *
     * @param all layers
     * @param counted of them, with the heads to sum over
     */
    static Retention of(
            String number,
            List<RetainedTokens> all,
            List<RetainedTokens> counted,
            int seen,
            @Nullable List<String> pieces) {
        int heads = counted.stream().mapToInt(layer -> layer.positions().length).sum();
        int[] held = new int[seen];
        float[] scores = new float[seen];
        for (RetainedTokens layer : counted) {
            for (int head = 0; head < layer.positions().length; head++) {
                int[] positions = layer.positions()[head];
                for (int slot = 0; slot < positions.length; slot++) {
                    held[positions[slot]]++;
                    scores[positions[slot]] += (float) layer.scores()[head][slot];
                }
            }
        }
        for (int place = 0; place < seen; place++) {
            scores[place] /= Math.max(1, held[place]);
        }
        int[][] heldByHead = all.stream()
                .map(layer -> Arrays.stream(layer.positions())
                        .mapToInt(positions -> positions.length)
                        .toArray())
                .toArray(int[][]::new);
        return new Retention(number, all.size(), heads, heldByHead, seen, held, scores, pieces);
    }

    /** Returns the number of tokens read: one more than the newest position held. */
    static int seen(HeldTokens tokens) {
        int seen = 0;
        for (RetainedTokens layer : tokens.layers()) {
            for (int[] positions : layer.positions()) {
                seen = Math.max(seen, positions.length == 0 ? 0 : positions[positions.length - 1] + 1);
            }
        }
        return seen;
    }
}
