package dev.sublinear.clients;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server as users start it: a process of its own, with an API key, and the model that runs when no other is named.
 * One for all tests.
 */
final class StartedServer {
    static final String KEY = "sk-test";
    static final String MODEL = "org/smollm2";

    // printf %s sk-test | sha256sum
    private static final String HASH = "f3abf2a6cc4f00987743db5f544ba345b4899ae31f326d8ee9c4816de153c9e0";

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
                    "--add-modules",
                    "jdk.incubator.vector",
                    "-cp",
                    System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                    "dev.sublinear.server.cli.Sublinear",
                    "serve",
                    "--port",
                    "0",
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
