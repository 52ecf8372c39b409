package dev.sublinear.server.cli;

import dev.sublinear.engine.settings.ByteSize;
import dev.sublinear.engine.source.BundledModel;
import dev.sublinear.model.hub.CachedModel;
import dev.sublinear.model.hub.Hub;
import dev.sublinear.model.hub.HubSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
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

/** Lists the bundled model and those in the hub's cache. */
@Command(
        name = "models",
        description = "List the models that are here, by the names that --model takes.",
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
        List<Row> rows = new ArrayList<>();
        BundledModel.find().map(ListModels::bundled).ifPresent(rows::add);
        new Hub(settings).models().stream().map(ListModels::cached).forEach(rows::add);
        int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
        String form = "%-" + width + "s  %-12s  %-11s  %10s  %s";
        if (!rows.isEmpty()) {
            out.println(String.format(Locale.ROOT, form, "NAME", "COMMIT", "FORMAT", "SIZE", "LAST USED"));
        }
        rows.forEach(row -> out.println(String.format(
                Locale.ROOT,
                form,
                row.name(),
                row.commit(),
                row.format(),
                ByteSize.format(row.bytes()),
                LocalDate.ofInstant(row.lastUsed(), ZoneId.systemDefault()))));
        out.flush();
        spec.commandLine().getErr().println("sublinear: models from the hub are in " + settings.cache());
        return 0;
    }

    private record Row(String name, String commit, String format, long bytes, Instant lastUsed) {}

    private static Row cached(CachedModel model) {
        return new Row(
                model.name().toString(),
                model.commit().substring(0, SHORT_COMMIT),
                model.format().toString(),
                model.bytes(),
                model.lastUsed());
    }

    /** The default model. */
    private static Row bundled(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            Instant used = attributes.lastAccessTime().toInstant();
            return new Row(BundledModel.NAME, "(default)", CachedModel.Format.GGUF.toString(), attributes.size(), used);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
