package dev.sublinear.server.cli;

import dev.sublinear.model.hub.CachedModel;
import dev.sublinear.model.hub.Hub;
import dev.sublinear.model.hub.HubSettings;
import dev.sublinear.server.ByteSize;
import java.io.PrintWriter;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints what is in the hub's cache. */
@Command(
        name = "models",
        description = "List the models in the Hugging Face cache, by the names that --model takes.",
        mixinStandardHelpOptions = true)
final class ListModels implements Callable<Integer> {
    private static final int SHORT_COMMIT = 12;

    private final Map<String, String> environment;

    @Option(names = "--debug", description = "show stack traces")
    void debug(boolean debug) {
        System.setProperty("sublinear.debug", Boolean.toString(debug));
    }

    @Spec
    private @Nullable CommandSpec spec;

    ListModels(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        HubSettings settings = HubSettings.of(environment);
        List<CachedModel> models = new Hub(settings).models();
        if (models.isEmpty()) {
            spec.commandLine().getErr().println("sublinear: no models in " + settings.cache());
            return 0;
        }
        int width = models.stream()
                .mapToInt(model -> model.name().toString().length())
                .max()
                .orElse(0);
        String form = "%-" + width + "s  %-12s  %-11s  %10s  %s";
        out.println(String.format(Locale.ROOT, form, "NAME", "COMMIT", "FORMAT", "SIZE", "LAST USED"));
        for (CachedModel model : models) {
            out.println(String.format(
                    Locale.ROOT,
                    form,
                    model.name(),
                    model.commit().substring(0, SHORT_COMMIT),
                    model.format(),
                    ByteSize.format(model.bytes()),
                    LocalDate.ofInstant(model.lastUsed(), ZoneId.systemDefault())));
        }
        out.flush();
        return 0;
    }
}
