package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import java.util.List;

/** What tokenizing gives, as vLLM has it, and the text of each token besides. */
public final class TokensResponse {
    private TokensResponse() {}

    /**
     * The tokens of a text.
     *
     * @param maxModelLen the model's context in tokens
     * @param pieces what each token is called
     */
    public record Ids(
            int count, @JsonProperty("max_model_len") int maxModelLen, List<Integer> tokens, List<String> pieces) {
        public static Ids of(int[] ids, List<String> pieces, int context) {
            return new Ids(ids.length, context, Arrays.stream(ids).boxed().toList(), pieces);
        }
    }

    /** The text of tokens. */
    public record Text(String prompt) {}
}
