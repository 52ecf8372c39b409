package dev.sublinear.server.cli;

import dev.sublinear.server.Fixture;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A process of its own that runs {@code serve}, and what it says. */
public record ServeProcess(Process process, BufferedReader lines) implements AutoCloseable {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    /** Starts it on the class path of this test; without an access log unless the arguments say where. */
    public static ServeProcess start(String... arguments) throws IOException {
        return start(Sublinear.class, List.of(), List.of(), arguments);
    }

    /**
     * The same.
     *
     * @param main what runs the command
     * @param launcher a program that runs the rest of its arguments; or nothing
     * @param jvm options of Java
     */
    public static ServeProcess start(Class<?> main, List<String> launcher, List<String> jvm, String... arguments)
            throws IOException {
        List<String> all = new ArrayList<>(List.of("serve", "--port=0"));
        if (Arrays.stream(arguments).noneMatch(argument -> argument.startsWith("--access-log="))) {
            all.add("--access-log=off");
        }
        all.addAll(List.of(arguments));
        return run(main, launcher, jvm, all);
    }

    /** Starts any command. */
    public static ServeProcess run(Class<?> main, List<String> launcher, List<String> jvm, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(List.of(JAVA, "-Dai.djl.offline=true"));
        command.addAll(jvm);
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(Fixture.ENVIRONMENT);
        Process process = builder.start();
        return new ServeProcess(
                process, new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
    }

    /** Reads what it says up to a line that begins so. */
    public String awaitLine(String beginning) throws IOException {
        return awaitLine(lines, beginning);
    }

    /** Reads what it says up to a line that has this in it. */
    public String awaitLineWith(String part) throws IOException {
        return awaitLine(lines, line -> line.contains(part), "has " + part);
    }

    public static String awaitLine(BufferedReader lines, String beginning) throws IOException {
        return awaitLine(lines, line -> line.startsWith(beginning), "begins with " + beginning);
    }

    private static String awaitLine(BufferedReader lines, Predicate<String> wanted, String what) throws IOException {
        StringBuilder said = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (wanted.test(line)) {
                return line;
            }
            said.append(line).append('\n');
        }
        throw new AssertionError("no line " + what + ":\n" + said);
    }

    /** Waits until it listens; returns the port. */
    public int port() throws IOException {
        String line = awaitLine("sublinear: listening on ");
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
    }

    /** Sends SIGTERM. The process's own method would close the pipes, too. */
    public void terminate() {
        process.toHandle().destroy();
    }

    /** Waits for its end; returns the exit code. */
    public int await() throws InterruptedException {
        if (!process.waitFor(1, TimeUnit.MINUTES)) {
            throw new AssertionError("still running after a minute");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
