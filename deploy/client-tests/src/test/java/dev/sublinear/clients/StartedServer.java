package dev.sublinear.clients;

import dev.sublinear.server.BundledModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server as users start it: a process of its own, with an API key, and the bundled model under a template that has a
 * place for tools. One for all tests.
 */
final class StartedServer {
    static final String KEY = "sk-test";
    static final String MODEL = "org/bundled";

    // printf %s sk-test | sha256sum
    private static final String HASH = "f3abf2a6cc4f00987743db5f544ba345b4899ae31f326d8ee9c4816de153c9e0";
    private static final String TEMPLATE = """
            {%- if tools %}Tools: {{ tools | tojson }}
            {% endif %}
            {%- for message in messages %}{{ message.role }}: {{ message.content }}
            {%- for call in message.tool_calls %}
            <tool_call>
            {{ call.function | tojson }}
            </tool_call>
            {%- endfor %}
            {% endfor %}
            {%- if add_generation_prompt %}assistant:{% endif %}""";

    private static final StartedServer INSTANCE = start();

    private final int port;

    private StartedServer(int port) {
        this.port = port;
    }

    static StartedServer get() {
        return INSTANCE;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    private static StartedServer start() {
        try {
            Path directory = Files.createTempDirectory("client-tests");
            List<String> command = List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Dai.djl.offline=true",
                    "-cp",
                    System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                    "dev.sublinear.server.cli.Sublinear",
                    "serve",
                    "--port",
                    "0",
                    "--model",
                    model(directory).toString(),
                    "--model-name",
                    MODEL,
                    "--api-keys",
                    Files.writeString(directory.resolve("keys"), "tests:" + HASH + "\n")
                            .toString(),
                    "--access-log",
                    directory.resolve("access.log").toString());
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process)));
            return new StartedServer(port(process));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path model(Path directory) throws IOException {
        Path model = Files.createDirectory(directory.resolve("model"));
        try (Stream<Path> files = Files.list(BundledModel.directory())) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName().toString()));
            }
        }
        Files.writeString(model.resolve("chat_template.jinja"), TEMPLATE);
        return model;
    }

    private static int port(Process process) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder said = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            said.append(line).append('\n');
            if (line.startsWith("sublinear: listening on ")) {
                Thread rest = new Thread(() -> pass(lines));
                rest.setDaemon(true);
                rest.start();
                return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
            }
        }
        throw new IllegalStateException("the server did not start:\n" + said);
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

    private static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
    }
}
