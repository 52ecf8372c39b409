package dev.sublinear.server.cli.measure;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.settings.MemoryPlan;
import dev.sublinear.evaluation.bench.Benchmark;
import dev.sublinear.evaluation.bench.LookupBenchmark;
import dev.sublinear.evaluation.bench.Measurement;
import dev.sublinear.evaluation.bench.Roofline;
import dev.sublinear.evaluation.bench.TurnBenchmark;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.model.Execution;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.model.family.KnownShape;
import dev.sublinear.server.cli.command.CommandException;
import dev.sublinear.server.cli.command.ConfigOptions;
import dev.sublinear.server.config.ServerConfig;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures speed and memory of the configured policy beside others, in one run. */
@Command(
        name = "bench",
        description = "Measure speed and memory over the length of the context, beside another budget in the same run.",
        mixinStandardHelpOptions = true)
public final class Bench implements Callable<Integer> {
    private static final long SEED = 1;

    private final Map<String, String> environment;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Option(
            names = "--contexts",
            split = ",",
            paramLabel = "N",
            description = "lengths of the context, in tokens (default: 512,1024,2048,4096)")
    private List<Integer> contexts = List.of(512, 1024, 2048, 4096);

    @Option(
            names = "--against",
            split = ";",
            paramLabel = "SCHEDULE",
            description = "budgets to compare with, separated by semicolons (default: unlimited)")
    private List<String> against = List.of("unlimited");

    @Option(names = "--rounds", paramLabel = "N", description = "rounds of 64 decoded tokens (default: 5)")
    private int rounds = 5;

    @Option(
            names = "--sequences",
            paramLabel = "N",
            description = "sequences that decode together, each with such a context (default: 1)")
    private int sequences = 1;

    @Option(
            names = "--fill",
            description =
                    "fill the caches with random keys and values in place of reading the context, which takes long")
    private boolean fill;

    @Option(
            names = "--shape",
            paramLabel = "NAME",
            description = {
                "measure random weights of the sizes of smollm2-135m, tinyllama-1.1b or llama-3.2-1b in place of a",
                "checkpoint"
            })
    private String shape = "";

    @Option(
            names = "--prompt-lookup",
            description =
                    "measure answers that copy, edit or are written freely, with and without prompt lookup, instead")
    private boolean promptLookup;

    @Option(
            names = "--turns",
            description =
                    "measure what each line of standard input asks for instead: how deploy/benchmarks/peers races it")
    private boolean turns;

    @Option(names = "--json", description = "print JSON in place of a table")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    public Bench(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        ServerConfig config = options.read(environment);
        if (promptLookup) {
            measureLookup(config);
            return 0;
        }
        if (turns) {
            takeTurns(config);
            return 0;
        }
        List<EvictionPolicy> policies = policies(config.engine().cache().policy());
        Benchmark.Settings settings = settings(config);
        try (DecoderLm model = model(config)) {
            Benchmark benchmark = new Benchmark(model, settings);
            List<List<Measurement>> results = new ArrayList<>();
            for (int context : contexts) {
                int most = model.spec().maxPositions() - benchmark.decodedTokens();
                require(context >= 1 && context <= most, "--contexts must be from 1 to " + most + ", was " + context);
                results.add(benchmark.measure(context, policies));
            }
            print(name(config.model()), model.execution(), benchmark.roofline(), results);
        } catch (IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()), e);
        }
        return 0;
    }

    private void takeTurns(ServerConfig config) {
        EvictionPolicy policy = config.engine().cache().policy();
        try (DecoderLm model = model(config);
                TurnBenchmark benchmark = new TurnBenchmark(model, policy)) {
            Map<String, Object> about = new LinkedHashMap<>();
            about.put("model", name(config.model()));
            about.put("precision", model.execution().precision().key());
            about.put("threads", model.execution().threads());
            about.put("budget", policy.budget().toString());
            about.put("java", Runtime.version().toString());
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            new BenchTurns(benchmark, commandLine().getOut()).run(in, about);
        } catch (IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()), e);
        }
    }

    private void measureLookup(ServerConfig config) {
        require(shape.isEmpty(), "--prompt-lookup needs a checkpoint, no --shape");
        try (LocalModel model = LocalModel.open(config.model().source(), config.engine())) {
            List<LookupBenchmark.Result> results = new LookupBenchmark(model, rounds).measure();
            PrintWriter out = commandLine().getOut();
            if (json) {
                out.println(json(results));
            } else {
                line(
                        out,
                        "%-14s %6s %6s %9s %11s %10s %8s %s",
                        "task",
                        "tokens",
                        "/ step",
                        "refused",
                        "tokens/s",
                        "without",
                        "ratio",
                        "same");
                results.forEach(result -> line(
                        out,
                        "%-14s %6d %6.2f %9d %11.1f %10.1f %8.2f %s",
                        result.task(),
                        result.tokens(),
                        result.tokensPerStep(),
                        result.rejected(),
                        result.tokensPerSecond(),
                        result.tokensPerSecondWithout(),
                        result.speedUp(),
                        result.same() ? "yes" : "no"));
            }
            out.flush();
        } catch (IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()), e);
        }
    }

    private Benchmark.Settings settings(ServerConfig config) {
        try {
            long capacity = config.engine().cache().capacity().of(MemoryPlan.machineOrControlGroup());
            return new Benchmark.Settings(capacity, rounds, sequences, fill);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine(), e.getMessage(), e);
        }
    }

    private DecoderLm model(ServerConfig config) {
        if (shape.isEmpty()) {
            try (Checkpoint checkpoint = config.model().source().checkpoint()) {
                return DecoderLm.load(
                        checkpoint,
                        config.engine()
                                .execution(
                                        checkpoint.spec(), checkpoint.weights().type()));
            }
        }
        try {
            ModelSpec spec = KnownShape.named(shape).spec();
            return DecoderLm.random(spec, config.engine().execution(spec, WeightType.FLOAT32), SEED);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine(), "--shape " + e.getMessage(), e);
        }
    }

    private List<EvictionPolicy> policies(EvictionPolicy configured) {
        List<EvictionPolicy> policies = new ArrayList<>();
        policies.add(configured);
        for (String schedule : against) {
            try {
                policies.add(new EvictionPolicy(
                        BudgetSchedule.parse(schedule),
                        configured.scorer(),
                        configured.protection(),
                        configured.slack()));
            } catch (IllegalArgumentException e) {
                throw new ParameterException(commandLine(), "--against: " + e.getMessage(), e);
            }
        }
        return policies;
    }

    private void print(String name, Execution execution, Roofline roofline, List<List<Measurement>> results) {
        PrintWriter out = commandLine().getOut();
        if (json) {
            out.println(json(name, execution, roofline, results));
        } else {
            line(
                    out,
                    "%s in %s on %s, %d threads; copy %.1f GB/s; products of %d tokens %.0f GFLOP/s",
                    name,
                    execution.precision(),
                    execution.device(),
                    execution.threads(),
                    roofline.copyBytesPerSecond() / 1e9,
                    roofline.chunk(),
                    roofline.chunkGigaflops());
            line(
                    out,
                    "%8s %4s  %-34s %9s %13s %6s %10s %8s %6s %8s %9s %6s %6s %9s %9s %6s",
                    "context",
                    "seqs",
                    "budget",
                    "retained",
                    "bytes",
                    "ratio",
                    "prefill/s",
                    "GFLOP/s",
                    "% prod",
                    "% linear",
                    "ms/token",
                    "ratio",
                    "% copy",
                    "linear ms",
                    "attend ms",
                    "% copy");
            results.forEach(row -> row.forEach(measurement -> print(out, measurement, row.get(1))));
        }
        out.flush();
    }

    /** Ratios to the first budget that is compared: absolute times of a shared machine mean little. */
    private static void print(PrintWriter out, Measurement measurement, Measurement base) {
        line(
                out,
                "%8d %4d  %-34s %9d %13d %6.2f %10s %8s %6s %8s %9.2f %6.2f %6.0f %9.2f %9.2f %6.0f",
                measurement.context(),
                measurement.sequences(),
                measurement.budget(),
                measurement.retained(),
                measurement.bytes(),
                (double) measurement.bytes() / base.bytes(),
                whole(measurement.prefillTokensPerSecond(), 1),
                whole(measurement.prefillGigaflops(), 1),
                whole(measurement.prefillShareOfProducts(), 100),
                whole(measurement.prefillShareOfLinear(), 100),
                measurement.decodeMillisPerToken(),
                measurement.decodeMillisPerToken() / base.decodeMillisPerToken(),
                100 * measurement.decodeShareOfCopy(),
                measurement.linearMillis(),
                measurement.attentionMillis(),
                100 * measurement.attentionShareOfCopy());
    }

    private static String whole(@Nullable Double value, int times) {
        return value == null ? "-" : String.format(Locale.ROOT, "%.0f", times * value);
    }

    private static String json(String name, Execution execution, Roofline roofline, List<List<Measurement>> results) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("date", LocalDate.now(java.time.ZoneOffset.UTC).toString());
        report.put("model", name);
        report.put("precision", execution.precision().key());
        report.put("device", execution.device().name());
        report.put("threads", execution.threads());
        report.put("processors", Runtime.getRuntime().availableProcessors());
        report.put("java", Runtime.version().toString());
        report.put("machine", roofline);
        report.put("measurements", results.stream().flatMap(List::stream).toList());
        return json(report);
    }

    private static String json(Object report) {
        try {
            return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(report);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private String name(ServerConfig.Model config) {
        return shape.isEmpty() ? config.name() : shape;
    }

    private void require(boolean holds, String message) {
        if (!holds) {
            throw new ParameterException(commandLine(), message);
        }
    }

    private picocli.CommandLine commandLine() {
        return Objects.requireNonNull(spec).commandLine();
    }

    private static void line(PrintWriter out, String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values).stripTrailing());
    }
}
