package dev.sublinear.server.cli.serve;

import dev.sublinear.engine.settings.ByteSize;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.server.config.ServerConfig;
import java.util.Locale;
import java.util.stream.IntStream;

/** The lines that a server prints when it starts: model, what its caches will hold, memory. */
record StartBanner(ServerConfig config, ModelSpec spec, WeightType storedAs, KvShape shape, String memory) {
    private static final int[] CONTEXTS = {1 << 10, 1 << 12, 1 << 14, 1 << 16};

    @Override
    public String toString() {
        EvictionPolicy policy = config.engine().cache().policy();
        StringBuilder text = new StringBuilder();
        line(
                text,
                "model      %s (%s), %,d parameters, context of %,d tokens",
                config.model().name(),
                spec.family(),
                spec.parameters(),
                spec.maxPositions());
        line(
                text,
                "precision  %s on %s, %s; keys and values in %s",
                config.engine().precision().describe(storedAs),
                config.engine().device(),
                threads(config.engine().threads().of(spec)),
                shape.storage().key());
        line(text, "budget     %s, scorer %s", policy.budget(), policy.scorer().text());
        line(text, "");
        line(text, "%12s %12s %8s %14s %14s", "tokens read", "kept", "share", "bytes", "all of them");
        EvictionPolicy uncut = EvictionPolicy.of(new BudgetSchedule.Unlimited(), policy.scorer());
        contexts().forEach(seen -> {
            double kept = shape.keptTokens(policy, seen);
            line(
                    text,
                    "%,12d %,12.0f %6.0f %% %14s %14s",
                    seen,
                    kept,
                    100 * kept / seen,
                    ByteSize.format(shape.keptBytes(policy, seen)),
                    ByteSize.format(shape.keptBytes(uncut, seen)));
        });
        line(text, "");
        line(text, "memory     %s", memory);
        return text.toString();
    }

    /** Context lengths below the model's, and the model's own. */
    private IntStream contexts() {
        return IntStream.concat(IntStream.of(CONTEXTS), IntStream.of(spec.maxPositions()))
                .filter(seen -> seen <= spec.maxPositions())
                .distinct()
                .sorted();
    }

    private static String threads(int count) {
        return count == 1 ? "1 thread" : count + " threads";
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(("  " + String.format(Locale.ROOT, format, values)).stripTrailing())
                .append(System.lineSeparator());
    }
}
