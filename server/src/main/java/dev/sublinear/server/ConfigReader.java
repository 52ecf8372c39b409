package dev.sublinear.server;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.scorer.KeyDiffScorer;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.server.source.ModelSource;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes a {@link ServerConfig} of the command line, the environment, a file and the checkpoint's {@link Profile}; the first
 * of them that has a key wins.
 *
 * <p>{@code cache.recent-share} is that key of the file, {@code SUBLINEAR_CACHE_RECENT_SHARE} in the environment.
 */
public final class ConfigReader {
    private static final String PREFIX = "SUBLINEAR_";
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m)");

    private final Map<String, String> commandLine;
    private final Map<String, String> environment;
    private final Map<String, String> file;
    private Map<String, String> profile = Map.of();
    private final Set<String> known = new TreeSet<>();
    private final Faults faults = new Faults();

    private ConfigReader(Map<String, String> commandLine, Map<String, String> environment, Map<String, String> file) {
        this.commandLine = commandLine;
        this.environment = environment;
        this.file = file;
    }

    /**
     * Reads the configuration.
     *
     * @param commandLine keys and values; {@code config} names the file, if any
     * @param environment as the process has it; variables that are none of ours are left alone
     * @throws ConfigException with every fault that was found
     */
    public static ServerConfig read(Map<String, String> commandLine, Map<String, String> environment) {
        String name = commandLine.getOrDefault("config", environment.getOrDefault(variable("config"), ""));
        Map<String, String> file = name.isEmpty() ? Map.of() : ConfigFile.read(Path.of(name));
        return new ConfigReader(commandLine, environment, file).config(name);
    }

    private ServerConfig config(String fileName) {
        Optional<ServerConfig.Model> model = part(this::model);
        profile = model.flatMap(known -> part(() -> known.source().profile()))
                .flatMap(found -> found)
                .map(Profile::cache)
                .orElse(Map.of());
        Optional<ServerConfig.Cache> cache = part(this::cache);
        Optional<ServerConfig.Engine> engine = part(this::engine);
        Optional<HttpConfig> http = part(this::http);
        Optional<MetricsPush> metrics = part(this::metrics);
        for (String key : file.keySet()) {
            faults.require(known.contains(key), "%s: unknown key %s; known are %s", fileName, key, known);
        }
        faults.raise();
        return new ServerConfig(
                model.orElseThrow(),
                cache.orElseThrow(),
                engine.orElseThrow(),
                http.orElseThrow(),
                metrics.orElseThrow());
    }

    private MetricsPush metrics() {
        String url = text("metrics.otlp-url", "");
        Duration every = parsed("metrics.otlp-every", ConfigReader::duration, Duration.ofMinutes(1));
        if (url.isEmpty()) {
            return new MetricsPush.Off();
        }
        try {
            return new MetricsPush.Otlp(new URI(url), every);
        } catch (URISyntaxException e) {
            throw new ConfigException(List.of("metrics.otlp-url must be an http or https address, was " + url));
        }
    }

    private ServerConfig.Model model() {
        ModelSource source = lookUp("model").flatMap(this::source).orElseGet(ModelSource::bundled);
        return new ServerConfig.Model(
                source,
                text("model-name", source.name()),
                parsed("precision", PrecisionChoice::parse, new PrecisionChoice.Auto()),
                parsed("device", ComputeDevice::new, ComputeDevice.CPU),
                threads(),
                parsed("generation-defaults", SamplingDefaults::parse, SamplingDefaults.MODEL));
    }

    private Optional<ModelSource> source(String text) {
        try {
            return Optional.of(ModelSource.parse(text, environment));
        } catch (IllegalArgumentException e) {
            faults.add("model: " + e.getMessage());
            return Optional.empty();
        }
    }

    private Threads threads() {
        return parsed("threads", text -> new Threads.Fixed(wholeNumber(text)), new Threads.BySize());
    }

    private Optional<Path> path(String key) {
        return lookUp(key).flatMap(text -> {
            try {
                return Optional.of(Path.of(text));
            } catch (InvalidPathException e) {
                faults.add(key + " must be a path, was \"" + text + "\"");
                return Optional.empty();
            }
        });
    }

    private ServerConfig.Cache cache() {
        Protection usual = Protection.DEFAULT;
        BudgetSchedule budget = parsed("cache.budget", BudgetSchedule::parse, BudgetSchedule.PowerLaw.DEFAULT);
        Scorer scorer = parsed("cache.scorer", Scorers::named, new KeyDiffScorer());
        int sinks = integer("cache.sinks", usual.sinks());
        int recent = integer("cache.recent", usual.recent());
        double recentShare = number("cache.recent-share", usual.recentShare());
        int slack = integer("cache.slack", EvictionPolicy.DEFAULT_SLACK);
        CacheCapacity capacity = parsed(
                "cache.capacity",
                text -> new CacheCapacity.Fixed(ByteSize.parse(text)),
                new CacheCapacity.OfWhatIsLeft());
        boolean allowOverride = parsed("cache.allow-override", ConfigReader::yesOrNo, true);
        try {
            Protection protection = new Protection(sinks, recent, recentShare, Protection.Span.EMPTY);
            return new ServerConfig.Cache(
                    capacity, new EvictionPolicy(budget, scorer, protection, slack), allowOverride);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(List.of("cache." + e.getMessage()));
        }
    }

    private ServerConfig.Engine engine() {
        ServerConfig.Engine usual = ServerConfig.Engine.DEFAULT;
        return new ServerConfig.Engine(
                integer("engine.queue-limit", usual.queueLimit()),
                integer("engine.queue-tokens", (int) usual.queueTokens()),
                integer("engine.max-running", usual.maxRunning()),
                integer("engine.max-batch-tokens", usual.maxBatchTokens()),
                integer("engine.prefill-chunk", usual.prefillChunk()),
                number("engine.prefix-share", usual.prefixShare()),
                number("engine.overcommit", usual.overcommit()));
    }

    private HttpConfig http() {
        HttpConfig usual = HttpConfig.DEFAULT;
        Optional<HttpConfig.Limits> limits = part(this::limits);
        Optional<HttpConfig.Timeouts> timeouts = part(this::timeouts);
        Optional<HttpConfig.Browsers> browsers =
                part(() -> new HttpConfig.Browsers(list("http.allowed-hosts"), list("http.allowed-origins")));
        return new HttpConfig(
                text("http.host", usual.host()),
                integer("http.port", usual.port()),
                limits.orElse(usual.limits()),
                timeouts.orElse(usual.timeouts()),
                transport(),
                path("http.api-keys")
                        .<HttpConfig.Callers>map(HttpConfig.Callers.KeyHolders::new)
                        .orElse(usual.callers()),
                browsers.orElse(usual.browsers()),
                accessLog());
    }

    private HttpConfig.Limits limits() {
        HttpConfig.Limits usual = HttpConfig.Limits.DEFAULT;
        return new HttpConfig.Limits(
                (int) Math.min(Integer.MAX_VALUE, parsed("http.max-body", ByteSize::parse, (long) usual.maxBody())),
                integer("http.max-connections", usual.maxConnections()),
                integer("http.max-connections-per-address", usual.maxConnectionsPerAddress()));
    }

    private HttpConfig.Timeouts timeouts() {
        HttpConfig.Timeouts usual = HttpConfig.Timeouts.DEFAULT;
        return new HttpConfig.Timeouts(
                parsed("http.header-timeout", ConfigReader::duration, usual.header()),
                parsed("http.body-timeout", ConfigReader::duration, usual.body()),
                parsed("http.idle-timeout", ConfigReader::duration, usual.idle()),
                parsed("http.stall-timeout", ConfigReader::duration, usual.stall()),
                parsed("http.drain-timeout", ConfigReader::duration, usual.drain()));
    }

    private HttpConfig.Transport transport() {
        Optional<Path> certificate = path("http.tls-certificate");
        Optional<Path> key = path("http.tls-key");
        faults.require(
                certificate.isPresent() == key.isPresent(),
                "http.tls-certificate and http.tls-key must be given together, was only %s",
                certificate.isPresent() ? "http.tls-certificate" : "http.tls-key");
        return certificate.isPresent() && key.isPresent()
                ? new HttpConfig.Transport.Tls(certificate.get(), key.get())
                : HttpConfig.DEFAULT.transport();
    }

    private HttpConfig.AccessLog accessLog() {
        return switch (text("http.access-log", "stdout")) {
            case "off" -> new HttpConfig.AccessLog.Off();
            case "stdout" -> new HttpConfig.AccessLog.Stdout();
            default ->
                path("http.access-log")
                        .<HttpConfig.AccessLog>map(HttpConfig.AccessLog.File::new)
                        .orElse(HttpConfig.DEFAULT.accessLog());
        };
    }

    /** Makes one part of the configuration; its faults join the others. */
    private <T> Optional<T> part(Supplier<T> reading) {
        try {
            return Optional.of(reading.get());
        } catch (ConfigException e) {
            faults.addAll(e.faults());
            return Optional.empty();
        }
    }

    private Optional<String> lookUp(String key) {
        known.add(key);
        return Optional.ofNullable(commandLine.get(key))
                .or(() -> Optional.ofNullable(environment.get(variable(key))))
                .or(() -> Optional.ofNullable(file.get(key)))
                .or(() -> Optional.ofNullable(profile.get(key)));
    }

    private String text(String key, String otherwise) {
        return lookUp(key).orElse(otherwise);
    }

    /** Texts with commas between them. */
    private List<String> list(String key) {
        return lookUp(key)
                .map(text -> Arrays.stream(text.split(",", -1))
                        .map(String::trim)
                        .filter(part -> !part.isEmpty())
                        .toList())
                .orElse(List.of());
    }

    private int integer(String key, int otherwise) {
        return parsed(key, ConfigReader::wholeNumber, otherwise);
    }

    private double number(String key, double otherwise) {
        return parsed(key, ConfigReader::decimal, otherwise);
    }

    private <T> T parsed(String key, Function<String, T> parse, T otherwise) {
        try {
            return lookUp(key).map(parse).orElse(otherwise);
        } catch (IllegalArgumentException e) {
            faults.add(key + ": " + e.getMessage());
            return otherwise;
        }
    }

    private static int wholeNumber(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a whole number, was \"" + text + "\"", e);
        }
    }

    private static double decimal(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a number, was \"" + text + "\"", e);
        }
    }

    private static boolean yesOrNo(String text) {
        if (text.equals("true") || text.equals("false")) {
            return text.equals("true");
        }
        throw new IllegalArgumentException("must be true or false, was \"" + text + "\"");
    }

    private static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("must be a duration such as 500ms, 10s or 5m, was \"" + text + "\"");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            default -> Duration.ofMinutes(count);
        };
    }

    private static String variable(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
