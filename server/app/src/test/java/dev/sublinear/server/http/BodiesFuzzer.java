package dev.sublinear.server.http;

import static dev.sublinear.server.http.PipelineFuzzer.OFFER;
import static dev.sublinear.server.http.PipelineFuzzer.require;

import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.ChatRequest;
import dev.sublinear.server.http.openai.CompletionRequest;
import dev.sublinear.server.http.openai.Json;
import dev.sublinear.server.http.openai.ResponsesRequest;
import dev.sublinear.server.http.openai.TokensRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;

/** Reads any bytes as the bodies of all requests. For Jazzer, as {@link PipelineFuzzer}. */
public final class BodiesFuzzer {
    /** A message has at most 1,000 characters; in JSON, where quotes and controls are escaped, some more. */
    private static final int MOST = 8_000;

    private static final List<Function<byte[], Object>> READERS = List.of(
            body -> CompletionRequest.parse(body, OFFER),
            body -> ChatRequest.parse(body, OFFER),
            body -> ResponsesRequest.parse(body, OFFER),
            body -> TokensRequest.parseText(body, OFFER),
            body -> TokensRequest.parseIds(body, OFFER));

    private BodiesFuzzer() {}

    /** What Jazzer calls first: classes are loaded here, which takes longer than an input may. */
    public static void fuzzerInitialize() {
        fuzzerTestOneInput("{\"model\":\"another\"}".getBytes(StandardCharsets.UTF_8));
    }

    /** What Jazzer calls. Only an {@link ApiError} may come of it: short, and without control characters. */
    public static void fuzzerTestOneInput(byte[] input) {
        for (Function<byte[], Object> reader : READERS) {
            try {
                require(reader.apply(input) != null, "nothing was read");
            } catch (ApiError e) {
                require(e.status() == 400 || e.status() == 404, "the status is " + e.status());
                String body = Json.write(e.body());
                require(body.length() <= MOST, "the error is long");
                require(body.chars().noneMatch(Character::isISOControl), "the error has control characters");
            }
        }
    }
}
