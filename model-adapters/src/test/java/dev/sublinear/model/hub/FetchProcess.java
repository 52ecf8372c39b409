package dev.sublinear.model.hub;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Fetches a model in a process of its own, and prints where it lies. */
final class FetchProcess {
    private FetchProcess() {}

    public static void main(String[] args) {
        System.out.println(new Hub(HubSettings.of(System.getenv())).fetch(HubName.parse(args[0]), progress -> {}));
    }

    static Process start(String name, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        FetchProcess.class.getName(),
                        name))
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        return builder.start();
    }
}
