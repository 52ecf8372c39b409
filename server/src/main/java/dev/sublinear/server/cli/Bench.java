package dev.sublinear.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.ModelDirectory;
import dev.sublinear.server.ServerConfig;
import dev.sublinear.server.bench.Benchmark;
import dev.sublinear.server.bench.Measurement;
import java.io.PrintWriter;
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

/** Measures speed and memory of the policy in force beside another, in one run. */
@Command(
        name = "bench",
        description = "Measure speed and memory over the length of the context, beside another budget in the same run.",
        mixinStandardHelpOptions = true)
final class Bench implements Callable<Integer> {
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

    @Option(names = "--rounds", paramLabel = "N", description = "rounds of 32 decoded tokens that count (default: 10)")
    private int rounds = 10;

    @Option(names = "--json", description = "print JSON in place of a table")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    Bench(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        require(rounds >= 1, "--rounds must be at least 1, was " + rounds);
        ServerConfig config = options.read(environment);
        List<EvictionPolicy> policies = policies(config.cache().policy());
        try (ModelDirectory directory = ModelDirectory.open(config.model().directory());
                CausalLm model = CausalLm.load(directory, config.model().execution(directory.spec()))) {
            Benchmark benchmark = new Benchmark(model, config.cache().capacity(), rounds);
            List<List<Measurement>> results = new ArrayList<>();
            for (int context : contexts) {
                int most = model.spec().maxPositions() - benchmark.decodedTokens();
                require(context >= 1 && context <= most, "--contexts must be from 1 to " + most + ", was " + context);
                results.add(benchmark.measure(context, policies));
            }
            print(config, directory, results);
        } catch (IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()), e);
        }
        return 0;
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

    private void print(ServerConfig config, ModelDirectory directory, List<List<Measurement>> results) {
        PrintWriter out = commandLine().getOut();
        if (json) {
            out.println(json(config, directory, results));
        } else {
            line(
                    out,
                    "%8s  %-36s %9s %14s %7s %12s %10s %7s",
                    "context",
                    "budget",
                    "retained",
                    "bytes",
                    "ratio",
                    "prefill t/s",
                    "ms/token",
                    "ratio");
            results.forEach(row -> row.forEach(measurement -> print(out, measurement, row.get(1))));
        }
        out.flush();
    }

    /** Ratios are to the first budget compared with: absolute times of a shared machine mean little. */
    private static void print(PrintWriter out, Measurement measurement, Measurement base) {
        line(
                out,
                "%8d  %-36s %9d %14d %7.2f %12.0f %10.2f %7.2f",
                measurement.context(),
                measurement.budget(),
                measurement.retained(),
                measurement.bytes(),
                (double) measurement.bytes() / base.bytes(),
                measurement.prefillTokensPerSecond(),
                measurement.decodeMillisPerToken(),
                measurement.decodeMillisPerToken() / base.decodeMillisPerToken());
    }

    private static String json(ServerConfig config, ModelDirectory directory, List<List<Measurement>> results) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("date", LocalDate.now(java.time.ZoneOffset.UTC).toString());
        report.put("model", config.model().name());
        report.put("precision", config.model().precision().key());
        report.put("device", config.model().device().toString());
        report.put("threads", config.model().execution(directory.spec()).threads());
        report.put("processors", Runtime.getRuntime().availableProcessors());
        report.put("java", Runtime.version().toString());
        report.put("measurements", results.stream().flatMap(List::stream).toList());
        try {
            return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(report);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
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
