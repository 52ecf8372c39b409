package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.Serializable;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The refusal of a request, with the words and the status that clients of OpenAI know. Tells nothing of this process: no
 * path, no native message, no stack trace.
 */
public final class ApiError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Messages may quote what the client sent. */
    private static final int MAX_MESSAGE = 1000;

    private static final int MAX_NAME = 64;

    private final int status;
    private final Body body;
    private final transient Map<String, String> headers;

    /** The body of the reply. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Body(Detail error) implements Serializable {}

    /**
     * The error itself.
     *
     * @param param the field that is wrong, if one is
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Detail(
            String message, String type, @Nullable String param, String code) implements Serializable {}

    private ApiError(
            int status, String type, String code, @Nullable String param, Map<String, String> headers, String message) {
        super(ClientText.shown(message, MAX_MESSAGE), null, false, false);
        this.status = status;
        String field = param == null ? null : ClientText.shown(param, MAX_NAME);
        this.body = new Body(new Detail(ClientText.shown(message, MAX_MESSAGE), type, field, code));
        this.headers = headers;
    }

    private static ApiError of(int status, String type, String code, String message) {
        return new ApiError(status, type, code, null, Map.of(), message);
    }

    private static ApiError invalid(String code, @Nullable String param, String message) {
        return new ApiError(400, "invalid_request_error", code, param, Map.of(), message);
    }

    /** A field with a value that is not allowed. */
    public static ApiError invalidValue(String param, String rule, Object... values) {
        return invalid("invalid_value", param, String.format(Locale.ROOT, rule, values));
    }

    /** A field that asks for something this server cannot do. */
    public static ApiError unsupportedParameter(String param, String what) {
        return invalid("unsupported_parameter", param, what + " is not supported");
    }

    /** More tokens than the model's context or the cache's capacity. */
    public static ApiError contextLengthExceeded(String message) {
        return contextLengthExceeded("max_tokens", message);
    }

    /** The same, by a field. */
    public static ApiError contextLengthExceeded(String param, String message) {
        return invalid("context_length_exceeded", param, message);
    }

    /** A body that is no JSON object. */
    public static ApiError json(String message) {
        return invalid("json_parse_error", null, message);
    }

    /** A text with bytes or escapes that are no characters. */
    public static ApiError utf8(String message) {
        return invalid("invalid_utf8", null, message);
    }

    /** A message that is not HTTP, or is HTTP that two readers could understand differently. */
    public static ApiError badRequest(String message) {
        return invalid("bad_request", null, message);
    }

    public static ApiError modelNotFound(String model) {
        return new ApiError(
                404,
                "invalid_request_error",
                "model_not_found",
                "model",
                Map.of(),
                "there is no model \"" + ClientText.shown(model, MAX_NAME) + "\"");
    }

    /** A request without a key where one is needed. */
    public static ApiError missingApiKey() {
        return authentication("an API key is required: Authorization: Bearer KEY");
    }

    /** A key that is not in the file of keys. */
    public static ApiError invalidApiKey() {
        return authentication("the API key is not valid");
    }

    private static ApiError authentication(String message) {
        // Basic lets a browser ask its user for the key, as the password.
        Map<String, String> headers = Map.of("www-authenticate", "Bearer, Basic realm=\"sublinear\"");
        return new ApiError(401, "authentication_error", "invalid_api_key", null, headers, message);
    }

    /** A Host header that is not this server's name. */
    public static ApiError hostNotAllowed() {
        return of(
                403,
                "permission_error",
                "host_not_allowed",
                "the Host header or the address does not name this server");
    }

    /** A page of another site, which is not allowed. */
    public static ApiError originNotAllowed() {
        return of(403, "permission_error", "origin_not_allowed", "pages of this origin may not ask this server");
    }

    public static ApiError notFound() {
        return of(404, "invalid_request_error", "not_found", "there is nothing at this path");
    }

    /** A path that ends in a slash which it should not have: two readers must not take two paths for the same. */
    public static ApiError slashAtTheEnd() {
        return of(
                404,
                "invalid_request_error",
                "not_found",
                "there is nothing at this path, but there is without the slash at its end");
    }

    public static ApiError methodNotAllowed(String allowed) {
        return new ApiError(
                405,
                "invalid_request_error",
                "method_not_allowed",
                null,
                Map.of("allow", allowed),
                "this path takes " + allowed);
    }

    public static ApiError requestTimeout() {
        return of(408, "invalid_request_error", "request_timeout", "the request took too long to arrive");
    }

    /** A client that reads so slowly that more than this waits for it. */
    public static ApiError readerTooSlow(int limit) {
        return of(
                408,
                "invalid_request_error",
                "reader_too_slow",
                "the rest of the answer is lost, as more than " + limit
                        + " bytes of it waited to be read: read faster, or ask for less at once");
    }

    public static ApiError tooLarge(long limit) {
        return of(
                413,
                "invalid_request_error",
                "request_too_large",
                "the body must not be larger than " + limit + " bytes");
    }

    public static ApiError uriTooLong(int limit) {
        return of(
                414,
                "invalid_request_error",
                "uri_too_long",
                "the request line must not be longer than " + limit + " bytes");
    }

    public static ApiError unsupportedEncoding() {
        return of(
                415, "invalid_request_error", "unsupported_encoding", "the body must come without a content encoding");
    }

    public static ApiError expectationFailed() {
        return of(417, "invalid_request_error", "expectation_failed", "the only expectation met is 100-continue");
    }

    public static ApiError headersTooLarge(int limit, int most) {
        return of(
                431,
                "invalid_request_error",
                "headers_too_large",
                "the headers must not be larger than " + limit + " bytes, nor more than " + most);
    }

    /** A fault of this server, which the log describes and the client does not learn. */
    public static ApiError internal() {
        return of(500, "server_error", "internal_error", "the server failed to process the request");
    }

    public static ApiError deadlineExceeded(String message) {
        return of(504, "server_error", "deadline_exceeded", message);
    }

    public static ApiError httpVersion() {
        return of(505, "invalid_request_error", "http_version_not_supported", "the version must be HTTP/1.0 or 1.1");
    }

    /** A caller who asks more often than is allowed. */
    public static ApiError rateLimitExceeded(int retryAfterSeconds) {
        Map<String, String> headers = Map.of("retry-after", Integer.toString(retryAfterSeconds));
        String message = "too many requests; come again in " + retryAfterSeconds + " s";
        return new ApiError(429, "rate_limit_error", "rate_limit_exceeded", null, headers, message);
    }

    /** The server is full, or cannot answer now; the client may come again. */
    public static ApiError unavailable(String code, int retryAfterSeconds, String message) {
        Map<String, String> headers = Map.of("retry-after", Integer.toString(retryAfterSeconds));
        return new ApiError(503, "server_error", code, null, headers, message);
    }

    public int status() {
        return status;
    }

    public Body body() {
        return body;
    }

    /** Returns the headers that the reply needs beside the usual ones. */
    public Map<String, String> headers() {
        return headers;
    }
}
