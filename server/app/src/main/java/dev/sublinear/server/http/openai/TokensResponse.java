package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import java.util.List;

/** The replies of the token routes, as vLLM has them, with the name of each token added. */
public final class TokensResponse {
    private TokensResponse() {}

    /**
     * The tokens of a text.
     *
     * @param maxModelLen the model's context in tokens
     * @param pieces the name of each token
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
