package dev.sublinear.server.cli.chat;

import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.model.CacheUsage;
import dev.sublinear.server.cli.command.Stats;
import java.util.List;
import java.util.Locale;

/** Speed of an answer, and what the cache holds: a row for each run of layers that hold the same. */
record AnswerStats(Completion completion) {

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        int fresh = completion.promptTokens() - completion.cachedTokens();
        line(
                text,
                "prompt %,d tokens, %,d of them known from before, the others read at %.1f tokens/s",
                completion.promptTokens(),
                completion.cachedTokens(),
                Stats.rate(fresh, completion.timing().prefill()));
        line(
                text,
                "answer %,d tokens, %.1f tokens/s",
                completion.generatedTokens(),
                Stats.rate(completion.generatedTokens() - 1, completion.timing().decode()));
        line(text, "%9s %8s %9s %8s %12s", "layers", "seen", "retained", "budget", "bytes");
        List<CacheUsage.Layer> layers = completion.cache().layers();
        int first = 0;
        while (first < layers.size()) {
            int end = first + 1;
            while (end < layers.size() && holdsTheSame(layers.get(first), layers.get(end))) {
                end++;
            }
            row(text, first, end, layers.get(first));
            first = end;
        }
        return text.toString();
    }

    private static boolean holdsTheSame(CacheUsage.Layer one, CacheUsage.Layer other) {
        return one.retained() == other.retained() && one.budget() == other.budget() && one.bytes() == other.bytes();
    }

    private static void row(StringBuilder text, int first, int end, CacheUsage.Layer each) {
        String layers = end - first == 1 ? Integer.toString(first) : first + " to " + (end - 1);
        long bytes = each.bytes() * (end - first);
        line(text, "%9s %,8d %,9d %,8d %,12d", layers, each.seen(), each.retained(), each.budget(), bytes);
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
