package dev.sublinear.server.cli.command;

import dev.sublinear.server.config.ConfigReader;
import dev.sublinear.server.config.ServerConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that every command has; each sets a key of the configuration, which checks its value. */
public final class ConfigOptions {
    private final Map<String, String> given = new LinkedHashMap<>();

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with the keys of this configuration")
    void config(String value) {
        given.put("config", value);
    }

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = {
                "checkpoint directory or GGUF file (default: the bundled model); or org/name[@revision] on the Hugging Face",
                "hub, or one of its GGUFs org/name:Q4_K_M, see sublinear pull; or random:smollm2-135m, random weights of a",
                "known shape; or stub:tokens-per-second=50, a stand-in without tensors, to test what is around a model"
            })
    void model(String value) {
        given.put("model", value);
    }

    @Option(names = "--model-name", paramLabel = "NAME", description = "what clients call the model")
    void modelName(String value) {
        given.put("model-name", value);
    }

    @Option(
            names = "--precision",
            paramLabel = "NAME",
            description =
                    "numbers of the matrices: f32 (exact), bf16, int8, int8-dynamic (fastest on a CPU), int4 (smallest) or auto"
                            + " (default): as large as what the checkpoint stores")
    void precision(String value) {
        given.put("precision", value);
    }

    @Option(
            names = "--generation-defaults",
            paramLabel = "WHOSE",
            description =
                    "sampling of requests that do not say it: model (default), by generation_config.json, or none")
    void generationDefaults(String value) {
        given.put("generation-defaults", value);
    }

    @Option(names = "--device", paramLabel = "NAME", description = "cpu (default) or a GPU, gpu0")
    void device(String value) {
        given.put("device", value);
    }

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "threads of a tensor operation (default: 1 below 50 million parameters, else all cores)")
    void threads(String value) {
        given.put("threads", value);
    }

    @Option(
            names = "--budget",
            paramLabel = "SCHEDULE",
            description = {
                "tokens that a head keeps: head-laws:scale=1, those of the model's profile (default if it has one),",
                "power-law:alpha=32,exponent=0.5 (default if not), unlimited, fixed:1024, fraction:0.25 or",
                "logarithmic:scale=64"
            })
    void budget(String value) {
        given.put("cache.budget", value);
    }

    @Option(
            names = "--scorer",
            paramLabel = "NAME",
            description = {
                "which of them stay: snap-or-key-diff (default), snap+key-diff, snap, key-diff, recency, heavy-hitter,",
                "heavy-hitter-sum, decay, last-query,",
                "last-queries, r-kv, key-norm, expected-attention or random; some take their number, as decay:0.98"
            })
    void scorer(String value) {
        given.put("cache.scorer", value);
    }

    @Option(names = "--sinks", paramLabel = "N", description = "first tokens that never go (default: 4)")
    void sinks(String value) {
        given.put("cache.sinks", value);
    }

    @Option(names = "--recent", paramLabel = "N", description = "newest tokens that never go, at least (default: 32)")
    void recent(String value) {
        given.put("cache.recent", value);
    }

    @Option(
            names = "--recent-share",
            paramLabel = "SHARE",
            description = "the same as a share of the budget (default: 0.25)")
    void recentShare(String value) {
        given.put("cache.recent-share", value);
    }

    @Option(names = "--slack", paramLabel = "N", description = "tokens over budget that start a trim (default: 64)")
    void slack(String value) {
        given.put("cache.slack", value);
    }

    @Option(
            names = "--cache-capacity",
            paramLabel = "SIZE",
            description = "bytes for the caches of all sequences (default: 1GiB)")
    void cacheCapacity(String value) {
        given.put("cache.capacity", value);
    }

    @Option(
            names = "--cache-storage",
            paramLabel = "NAME",
            description = {
                "numbers of keys and values: int8 (about a quarter of the bytes), f32 (exact), f16 or auto (default): int8",
                "but in precision f32 and on a GPU"
            })
    void cacheStorage(String value) {
        given.put("cache.storage", value);
    }

    @Option(names = "--debug", description = "show stack traces")
    void debug(boolean debug) {
        System.setProperty("sublinear.debug", Boolean.toString(debug));
    }

    /** Adds an option of one command. */
    public void set(String key, @Nullable String value) {
        if (value != null) {
            given.put(key, value);
        }
    }

    public ServerConfig read(Map<String, String> environment) {
        return ConfigReader.read(given, environment);
    }
}
