package dev.sublinear.server.http.openai;

/**
 * A request to {@code POST /v1/tokenize}.
 *
 * @param isPrompt whether to add the control tokens that a prompt begins with
 */
public record TokensRequest(String text, boolean isPrompt) {

    /**
     * Reads the body of a request.
     *
     * @throws ApiError naming the first field that is wrong
     */
    public static TokensRequest parseText(byte[] body, Offer offer) {
        JsonObject json = Json.parse(body);
        Fields.requireModel(json, offer);
        String text = json.string("prompt").orElseThrow(() -> ApiError.invalidValue("prompt", "prompt is required"));
        return new TokensRequest(text, !json.has("add_special_tokens") || json.flag("add_special_tokens"));
    }

    /**
     * Reads the body of a request to {@code POST /v1/detokenize}.
     *
     * @throws ApiError naming the first field that is wrong
     */
    public static int[] parseIds(byte[] body, Offer offer) {
        JsonObject json = Json.parse(body);
        Fields.requireModel(json, offer);
        if (!json.has("tokens")) {
            throw ApiError.invalidValue("tokens", "tokens is required");
        }
        return json.integers("tokens");
    }
}
