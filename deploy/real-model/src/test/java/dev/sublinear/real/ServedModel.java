package dev.sublinear.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server as users start it, in a process of its own, and short ways to ask it. */
final class ServedModel implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    private static final String LISTENING = "sublinear: listening on ";

    private final Process process;
    private final String said;
    private final String url;
    private final HttpClient client = HttpClient.newHttpClient();

    private ServedModel(Process process, String said, String url) {
        this.process = process;
        this.said = said;
        this.url = url;
    }

    static ServedModel start(Path model, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-Dai.djl.offline=true",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "dev.sublinear.server.cli.Sublinear",
                "serve",
                "--port=0",
                "--access-log=off",
                "--model=" + model));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder said = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            said.append(line).append('\n');
            if (line.startsWith(LISTENING)) {
                Thread rest = new Thread(() -> pass(lines));
                rest.setDaemon(true);
                rest.start();
                return new ServedModel(
                        process,
                        said.toString(),
                        line.substring(LISTENING.length()).strip());
            }
        }
        throw new AssertionError("the server did not start:\n" + said);
    }

    private static void pass(BufferedReader lines) {
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                System.err.println(line);
            }
        } catch (IOException e) {
            return; // the tests are over
        }
    }

    /** What it said until it was ready. */
    String said() {
        return said;
    }

    /** Where it listens, without a path. */
    String url() {
        return url;
    }

    HttpResponse<String> post(String path, JsonNode body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()))
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    JsonNode ask(String path, JsonNode body) throws Exception {
        HttpResponse<String> response = post(path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    /** A chat at temperature 0, to be completed. */
    static ObjectNode chat(int maxTokens, JsonNode messages) {
        ObjectNode body = JSON.createObjectNode();
        body.put("temperature", 0);
        body.put("max_tokens", maxTokens);
        body.set("messages", messages);
        return body;
    }

    static ArrayNode user(String content) {
        return add(JSON.createArrayNode(), "user", content);
    }

    static ArrayNode add(ArrayNode messages, String role, String content) {
        messages.addObject().put("role", role).put("content", content);
        return messages;
    }

    static JsonNode message(JsonNode completion) {
        return completion.path("choices").path(0).path("message");
    }

    static String text(JsonNode completion) {
        return message(completion).path("content").asText();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
