package dev.sublinear.server.config;

import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.engine.settings.EngineSettings;
import dev.sublinear.engine.settings.Profile;
import dev.sublinear.engine.source.ModelSource;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a {@link ServerConfig} of the command line, the environment, a file and the checkpoint's {@link Profile}; the first
 * of them that has a key wins.
 *
 * <p>{@code cache.recent-share} is that key of the file, {@code SUBLINEAR_CACHE_RECENT_SHARE} in the environment.
 */
public final class ConfigReader {
    private final ConfigValues values;

    private ConfigReader(ConfigValues values) {
        this.values = values;
    }

    /**
     * Reads the configuration.
     *
     * @param commandLine keys and values; {@code config} names the file, if any
     * @param environment as the process has it; variables that are none of ours are left alone
     * @throws ConfigException with every fault that was found
     */
    public static ServerConfig read(Map<String, String> commandLine, Map<String, String> environment) {
        String name = commandLine.getOrDefault("config", environment.getOrDefault(ConfigValues.variable("config"), ""));
        Map<String, String> file = name.isEmpty() ? Map.of() : ConfigFile.read(Path.of(name));
        return new ConfigReader(new ConfigValues(commandLine, environment, file)).config(name);
    }

    private ServerConfig config(String fileName) {
        Optional<ServerConfig.Model> model = values.part(this::model);
        Optional<Profile> profile = model.flatMap(
                        known -> values.part(() -> known.source().profile()))
                .flatMap(found -> found);
        values.addProfile(profile.map(Profile::cache).orElse(Map.of()));
        EngineSettings engine = new EngineSettingsReader(values, profile.flatMap(Profile::laws)).read();
        Optional<HttpConfig> http = values.part(() -> new HttpConfigReader(values).read());
        Optional<MetricsPush> metrics = values.part(this::metrics);
        values.requireKnownKeys(fileName);
        values.faults().raise();
        return new ServerConfig(model.orElseThrow(), engine, http.orElseThrow(), metrics.orElseThrow());
    }

    private ServerConfig.Model model() {
        ModelSource source = values.lookUp("model").flatMap(this::source).orElseGet(ModelSource::bundled);
        return new ServerConfig.Model(source, values.text("model-name", source.name()));
    }

    private Optional<ModelSource> source(String text) {
        try {
            return Optional.of(ModelSource.parse(text, values.environment()));
        } catch (IllegalArgumentException e) {
            values.faults().add("model: " + e.getMessage());
            return Optional.empty();
        }
    }

    private MetricsPush metrics() {
        String url = values.text("metrics.otlp-url", "");
        Duration every = values.parsed("metrics.otlp-every", ConfigValues::duration, Duration.ofMinutes(1));
        if (url.isEmpty()) {
            return new MetricsPush.Off();
        }
        try {
            return new MetricsPush.Otlp(new URI(url), every);
        } catch (URISyntaxException e) {
            throw new ConfigException(List.of("metrics.otlp-url must be an http or https address, was " + url));
        }
    }
}
