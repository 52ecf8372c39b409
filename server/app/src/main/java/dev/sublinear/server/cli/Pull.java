package dev.sublinear.server.cli;

import dev.sublinear.engine.source.DownloadBar;
import dev.sublinear.model.hub.Hub;
import dev.sublinear.model.hub.HubName;
import dev.sublinear.model.hub.HubSettings;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Fetches a model from the hub, and prints where it lies. */
@Command(
        name = "pull",
        description = "Fetch a model from the Hugging Face hub into its cache, and print where it lies.",
        mixinStandardHelpOptions = true)
final class Pull implements Callable<Integer> {
    private final Map<String, String> environment;

    @Parameters(
            index = "0",
            paramLabel = "NAME",
            description = {
                "org/name, org/name@revision, or of a repository of GGUF org/name:FILE.gguf or org/name:Q4_K_M. HF_TOKEN,",
                "HF_HOME, HF_HUB_CACHE, HF_ENDPOINT and HF_HUB_OFFLINE mean what they mean to Python's tools"
            })
    private String name = "";

    @Option(names = "--debug", description = "show stack traces")
    void debug(boolean debug) {
        System.setProperty("sublinear.debug", Boolean.toString(debug));
    }

    @Spec
    private @Nullable CommandSpec spec;

    Pull(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.println(new Hub(HubSettings.of(environment)).fetch(parsed(), DownloadBar.onTerminal()));
        out.flush();
        return 0;
    }

    private HubName parsed() {
        try {
            return HubName.parse(name);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
