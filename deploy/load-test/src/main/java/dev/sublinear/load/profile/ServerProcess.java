package dev.sublinear.load.profile;

import dev.sublinear.load.workload.LoadTestException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A server that this test has started, on a free port of loopback. */
final class ServerProcess implements AutoCloseable {
    private static final String LISTENING = "sublinear: listening on ";
    private static final int TERMINATED = 143;

    private final Process process;
    private final URI address;
    private final String command;

    private ServerProcess(Process process, URI address, String command) {
        this.process = process;
        this.address = address;
        this.command = command;
    }

    /**
     * Starts it and waits until it listens.
     *
     * @param launcher such as {@code deploy/sublinear}
     * @param options of {@code serve}
     * @param settings environment variables
     * @param log where what it prints goes
     * @throws LoadTestException if it ends before it listens
     */
    static ServerProcess start(Path launcher, List<String> options, Map<String, String> settings, Path log) {
        List<String> arguments = new ArrayList<>(List.of(launcher.toString(), "serve"));
        String deploy =
                Objects.requireNonNull(launcher.toAbsolutePath().getParent()).toString();
        options.forEach(option -> arguments.add(option.replace(Model.DEPLOY, deploy)));
        String command = new TreeMap<>(settings)
                        .entrySet().stream()
                                .map(entry -> entry.getKey() + "=" + entry.getValue() + " ")
                                .collect(Collectors.joining())
                + "deploy/sublinear serve " + String.join(" ", options).replace(Model.DEPLOY, "deploy");
        arguments.addAll(List.of("--port", "0", "--access-log", "off"));
        ProcessBuilder builder = new ProcessBuilder(arguments).redirectErrorStream(true);
        builder.environment().putAll(settings);
        try {
            Process process = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            URI address = awaitAddress(lines, log, command);
            Thread rest = new Thread(() -> copy(lines, log), "server-log");
            rest.setDaemon(true);
            rest.start();
            return new ServerProcess(process, address, command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static URI awaitAddress(BufferedReader lines, Path log, String command) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            append(log, line);
            if (line.startsWith(LISTENING)) {
                return URI.create(line.substring(LISTENING.length()));
            }
        }
        throw new LoadTestException("the server did not start; see " + log + ": " + command);
    }

    private static void copy(BufferedReader lines, Path log) {
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                append(log, line);
            }
        } catch (IOException e) {
            return; // it has ended
        }
    }

    private static void append(Path log, String line) throws IOException {
        Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    URI address() {
        return address;
    }

    /** How to start the same by hand. */
    String command() {
        return command;
    }

    /**
     * Ends it as a supervisor would.
     *
     * @throws LoadTestException if it does not end, or not well
     */
    void end() {
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new LoadTestException("the server did not end within a minute of SIGTERM");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (process.exitValue() != 0 && process.exitValue() != TERMINATED) {
            throw new LoadTestException("the server ended with " + process.exitValue());
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            process.destroyForcibly();
        }
    }
}
