package dev.sublinear.load.client;

import dev.sublinear.load.workload.Ask;
import dev.sublinear.load.workload.Asked;
import dev.sublinear.load.workload.Golden;
import dev.sublinear.load.workload.LoadTestException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.LinkedHashMap;
import java.util.Map;

/** Has requests answered one at a time, whole and not as a stream, and remembers the answers. */
public final class Solo {
    private final URI server;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Map<Ask, Golden> answers = new LinkedHashMap<>();

    public Solo(URI server) {
        this.server = server;
    }

    /**
     * Returns the golden answer.
     *
     * @throws LoadTestException if there is none
     */
    public Golden answer(Ask ask) {
        Golden known = answers.get(ask);
        if (known == null) {
            known = send(ask);
            answers.put(ask, known);
        }
        return known;
    }

    /** Returns a request that can be sent, with its golden answer. */
    public Asked prepare(Ask ask) {
        return new Asked(ask.endpoint().path(), ask.body(true), answer(ask));
    }

    private Golden send(Ask ask) {
        HttpRequest request = HttpRequest.newBuilder(
                        server.resolve(ask.endpoint().path()))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofByteArray(ask.body(false)))
                .build();
        try {
            HttpResponse<byte[]> reply = client.send(request, BodyHandlers.ofByteArray());
            Delta answer = new Delta();
            answer.add(reply.body(), 0, reply.body().length);
            if (reply.statusCode() != 200) {
                throw new LoadTestException(
                        "alone on the server, a request got " + reply.statusCode() + ": " + answer.error());
            }
            return new Golden(answer.text(), answer.promptTokens(), answer.tokens(), answer.finish());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LoadTestException("interrupted");
        }
    }
}
