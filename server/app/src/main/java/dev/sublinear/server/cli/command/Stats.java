package dev.sublinear.server.cli.command;

import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.model.CacheUsage;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Speed, and what the cache holds, as a table. */
public record Stats(Completion completion) {

    @Override
    public String toString() {
        Completion.Timing timing = completion.timing();
        StringBuilder text = new StringBuilder();
        line(
                text,
                "prefill %d tokens, %.1f tokens/s",
                completion.promptTokens(),
                rate(completion.promptTokens(), timing.prefill()));
        int decoded = completion.generatedTokens() - 1;
        line(text, "decode %d tokens, %.1f tokens/s", decoded, rate(decoded, timing.decode()));
        line(text, "%5s %8s %9s %8s %12s", "layer", "seen", "retained", "budget", "bytes");
        CacheUsage cache = completion.cache();
        for (int index = 0; index < cache.layers().size(); index++) {
            CacheUsage.Layer layer = cache.layers().get(index);
            line(text, "%5d %8d %9d %8d %12d", index, layer.seen(), layer.retained(), layer.budget(), layer.bytes());
        }
        line(text, "%5s %8d %9d %8s %12d", "all", cache.seen(), cache.retained(), "", cache.bytes());
        line(text, "counted by the cache's memory: %d bytes", cache.countedBytes());
        return text.toString();
    }

    /** Tokens a second. */
    public static double rate(int tokens, long nanos) {
        return nanos == 0 ? 0 : (double) tokens * TimeUnit.SECONDS.toNanos(1) / nanos;
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append(System.lineSeparator());
    }
}
