package dev.sublinear.server.cli;

import dev.sublinear.engine.settings.CacheSettings;
import dev.sublinear.engine.settings.MemoryPlan;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.Execution;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.server.cli.command.ConfigOptions;
import dev.sublinear.server.cli.command.HeadMap;
import dev.sublinear.server.config.ServerConfig;
import java.io.PrintWriter;
import java.util.IntSummaryStatistics;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints a model's sizes and what the policy makes of its cache; reads no weights, unless it shall test itself. */
@Command(
        name = "inspect",
        description = "Print a model's sizes, the policy in force and the cache over the length of the context.",
        mixinStandardHelpOptions = true)
final class Inspect implements Callable<Integer> {
    private static final int FIRST_ROW = 256;

    private final Map<String, String> environment;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Option(
            names = "--self-test",
            description = {
                "load the weights, and say for each matrix whether a request gets the same bits whatever requests are",
                "beside it"
            })
    private boolean selfTest;

    @Spec
    private @Nullable CommandSpec spec;

    Inspect(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        ServerConfig config = options.read(environment);
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        try (Checkpoint checkpoint = config.model().source().checkpoint()) {
            WeightType stored = checkpoint.weights().type();
            Execution execution = config.engine().execution(checkpoint.spec(), stored);
            printModel(out, config, checkpoint.spec(), stored);
            printPolicy(out, config.engine().cache());
            line(out, "stored        keys and values in %s", execution.storage().key());
            config.model().source().profile().ifPresent(profile -> line(out, "profile       %s", profile.describe()));
            EvictionPolicy policy = config.engine().cache().policy();
            if (policy.budget() instanceof HeadLaws laws) {
                ModelSpec model = checkpoint.spec();
                HeadMap.of(laws, policy, model.kvShape(execution.storage()), model.maxPositions())
                        .forEach(text -> line(out, "  %s", text));
            }
            line(out, "memory        %s", MemoryPlan.of(config.engine(), checkpoint.spec(), execution.precision()));
            printTable(out, policy, checkpoint.spec(), execution.storage());
            if (selfTest) {
                printInvariance(out, checkpoint, execution);
            }
        }
        out.flush();
        return 0;
    }

    private static void printModel(PrintWriter out, ServerConfig config, ModelSpec model, WeightType stored) {
        line(out, "model         %s (%s)", config.model().name(), model.family());
        line(
                out,
                "parameters    %,d in %s on %s",
                model.parameters(),
                config.engine().precision().describe(stored),
                config.engine().device());
        line(out, "layers        %d", model.layers());
        line(out, "heads         %d of %d, %d for keys and values", model.heads(), model.headDim(), model.kvHeads());
        line(out, "hidden        %d, feed-forward %d", model.hiddenSize(), model.intermediateSize());
        line(out, "vocabulary    %,d", model.vocabSize());
        line(out, "context       %,d tokens", model.maxPositions());
        if (model.architecture().hasWindows()) {
            IntSummaryStatistics windows = model.architecture().windows().stream()
                    .filter(window -> window > 0)
                    .mapToInt(Integer::intValue)
                    .summaryStatistics();
            line(
                    out,
                    "windows       %d layers see their newest %,d tokens, and hold no others",
                    windows.getCount(),
                    windows.getMax());
        }
    }

    private static void printPolicy(PrintWriter out, CacheSettings cache) {
        EvictionPolicy policy = cache.policy();
        Protection protection = policy.protection();
        line(out, "budget        %s", policy.budget());
        line(out, "scorer        %s", policy.scorer().text());
        line(
                out,
                "protected     %d sinks, newest %d or %s of the budget",
                protection.sinks(),
                protection.recent(),
                protection.recentShare());
        line(out, "slack         %d", policy.slack());
    }

    private static void printTable(PrintWriter out, EvictionPolicy policy, ModelSpec model, KvStorage storage) {
        KvShape shape = model.kvShape(storage);
        EvictionPolicy uncut = EvictionPolicy.of(new BudgetSchedule.Unlimited(), policy.scorer());
        line(out, "");
        line(out, "%9s %9s %16s %16s %7s", "n", "held", "bytes", "unlimited", "share");
        for (long n = Math.min(FIRST_ROW, model.maxPositions()); n <= model.maxPositions(); n = next(n, model)) {
            int seen = (int) n;
            long bytes = shape.keptBytes(policy, seen);
            long unlimited = shape.keptBytes(uncut, seen);
            line(
                    out,
                    "%,9d %,9.0f %,16d %,16d %6.1f%%",
                    seen,
                    shape.keptTokens(policy, seen),
                    bytes,
                    unlimited,
                    100.0 * bytes / unlimited);
        }
    }

    private static void printInvariance(PrintWriter out, Checkpoint checkpoint, Execution execution) {
        try (DecoderLm model = DecoderLm.load(checkpoint, execution)) {
            line(out, "");
            line(out, "batch invariance, %s, %d threads", execution.precision(), execution.threads());
            model.parts().invariance().forEach((matrix, found) -> line(out, "  %-20s %s", matrix, found));
            line(out, "decoded tokens attend in %s", attendsIn(model));
        }
    }

    private static String attendsIn(DecoderLm model) {
        OptionalInt most = model.mostHeldInJava();
        if (most.isEmpty()) {
            return "libtorch";
        }
        return most.getAsInt() >= model.spec().maxPositions()
                ? "Java"
                : String.format(Locale.ROOT, "Java, over at most %,d held", most.getAsInt());
    }

    /** Doubles up to the model's context, and ends there. */
    private static long next(long n, ModelSpec model) {
        return n == model.maxPositions() ? n + 1 : Math.min(2 * n, model.maxPositions());
    }

    private static void line(PrintWriter out, String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values).stripTrailing());
    }
}
