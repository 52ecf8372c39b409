package dev.sublinear.server.cli.measure;

import dev.sublinear.engine.settings.ByteSize;
import dev.sublinear.engine.settings.MemoryPlan;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.evaluation.Evaluation;
import dev.sublinear.evaluation.EvaluationPlan;
import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.evaluation.fidelity.Fidelity;
import dev.sublinear.evaluation.report.EvaluationReport;
import dev.sublinear.evaluation.setting.HeldShare;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.worker.ModelCopies;
import dev.sublinear.evaluation.worker.Numbers;
import dev.sublinear.evaluation.worker.WorkerPlan;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.cli.command.CommandException;
import dev.sublinear.server.cli.command.ConfigOptions;
import dev.sublinear.server.cli.command.ProgressBar;
import dev.sublinear.server.config.ServerConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the quality of pruned caches beside the full one, and writes the report. */
@Command(
        name = "evaluate",
        description = {
            "Measure what pruning costs in quality: the same texts with the full cache and under budgets and scorers.",
            "Writes results.jsonl (to go on after a stop), report.html, report.json, tables as CSV and table.md."
        },
        mixinStandardHelpOptions = true)
public final class Evaluate implements Callable<Integer> {
    private final Map<String, String> environment;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Mixin
    private final MeasuringOptions measuring = new MeasuringOptions(Path.of("evaluation"));

    @Option(names = "--documents", paramLabel = "N", description = "documents to cut from them (default: 8)")
    private int documents = 8;

    @Option(
            names = "--budgets",
            split = ";",
            paramLabel = "SCHEDULE",
            description = "budgets, separated by semicolons, each with every scorer")
    private List<String> budgets = List.of();

    @Option(
            names = "--held",
            split = ",",
            paramLabel = "SHARE@N",
            description = {
                "scale each of --budgets (default: the configured one) to hold these shares of N tokens,",
                "such as 0.35@2048,0.2@8192"
            })
    private List<String> held = List.of();

    @Option(names = "--scorers", split = ",", paramLabel = "NAME", description = "scorers for --budgets")
    private List<String> scorers = List.of();

    @Option(
            names = "--precisions",
            split = ",",
            paramLabel = "NAME",
            description = "precisions, with the storage of the cache behind a slash if it is not f32, as f32/int8"
                    + " (default: f32)")
    private List<String> precisions = List.of();

    @Option(
            names = "--parts",
            split = ",",
            paramLabel = "PART",
            description = {
                "what to measure: fidelity, probes, generation, controls (default), and speed, which needs a quiet",
                "machine;",
                "what the output directory has already is not measured again"
            })
    private List<String> parts = List.of("fidelity", "probes", "generation", "controls");

    @Option(names = "--trials", paramLabel = "N", description = "trials of each probe (default: 20)")
    private int trials = 20;

    @Option(
            names = "--probe-context",
            paramLabel = "N",
            description = "tokens that are read before a question (default: 1024, or the length)")
    private int probeContext = 1024;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "memory that all of this may use, such as 4GB (default: the machine's)")
    private String memory = "";

    @Option(
            names = "--report-only",
            description = "measure nothing, and write the report of what the output directory has, as after a stop")
    private boolean reportOnly;

    @Spec
    private @Nullable CommandSpec spec;

    public Evaluate(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        ServerConfig config = options.read(environment);
        Path out = measuring.out();
        ModelSource source = config.model().source();
        try (Checkpoint checkpoint = source.checkpoint();
                Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            Files.createDirectories(out);
            Corpus corpus = measuring.corpus(checkpoint, tokenizer);
            int tokens = measuring.length(checkpoint.spec().maxPositions());
            int before = Math.min(probeContext, tokens);
            List<Setting> settings = settings(config, tokens);
            EvaluationPlan plan = new EvaluationPlan(
                    parts.stream().map(EvaluationPlan.Part::named).collect(Collectors.toSet()),
                    settings,
                    isStandard()
                            ? EvaluationPlan.standardProbed(
                                    before, config.engine().cache().policy())
                            : settings,
                    documents,
                    tokens,
                    trials,
                    before,
                    workers(config, checkpoint.spec(), settings, tokens));
            Evaluation evaluation = new Evaluation(
                    new ModelCopies(
                            source::checkpoint,
                            config.engine()
                                    .execution(
                                            checkpoint.spec(),
                                            checkpoint.weights().type()),
                            plan.workers().threads()),
                    config.model().name(),
                    checkpoint.fingerprint(),
                    plan,
                    corpus,
                    tokenizer,
                    out.resolve("results.jsonl"));
            Findings findings = reportOnly ? evaluation.findings() : measure(evaluation, plan);
            EvaluationReport.write(findings, out);
            commandLine().getOut().println("wrote " + out.resolve("report.html") + ", report.json and tables");
            commandLine().getOut().flush();
        } catch (IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()), e);
        } catch (IOException | UncheckedIOException e) {
            throw new CommandException(String.valueOf(e.getMessage()), e);
        }
        return 0;
    }

    private Findings measure(Evaluation evaluation, EvaluationPlan plan) {
        PrintWriter err = commandLine().getErr();
        return evaluation.run(seconds -> announce(plan, seconds, err), ProgressBar.on(err));
    }

    private static void announce(EvaluationPlan plan, double seconds, PrintWriter err) {
        err.printf(
                Locale.ROOT,
                "%s: %d documents of %,d tokens, %d settings (for probes and generation %d); "
                        + "workers %d, threads of each %d: about %.0f minutes%n",
                plan.parts().stream().map(EvaluationPlan.Part::toString).collect(Collectors.joining(", ")),
                plan.documents(),
                plan.length(),
                plan.settings().size(),
                plan.probed().size(),
                plan.workers().workers(),
                plan.workers().threads(),
                Math.ceil(seconds / 60));
        err.flush();
    }

    /** Returns as many workers as fit in the memory that evaluation may use. */
    private WorkerPlan workers(ServerConfig config, ModelSpec spec, List<Setting> settings, int tokens) {
        List<Precision> loaded = Stream.concat(
                        Stream.of(Setting.EXACT), settings.stream().map(Setting::precision))
                .distinct()
                .map(text -> Numbers.parse(text).precision())
                .toList();
        long least = settings.stream()
                .mapToLong(setting -> Fidelity.cacheBytes(spec, List.of(setting), tokens))
                .max()
                .orElseThrow();
        return WorkerPlan.of(
                new WorkerPlan.Memory(
                        memory.isEmpty() ? MemoryPlan.machineOrControlGroup() : ByteSize.parse(memory),
                        Runtime.getRuntime().maxMemory(),
                        config.engine().cache().capacity()),
                measuring.workers(),
                spec,
                loaded,
                new WorkerPlan.Caches(tokens, least, Fidelity.cacheBytes(spec, settings, tokens)));
    }

    private boolean isStandard() {
        return budgets.isEmpty() && scorers.isEmpty() && precisions.isEmpty() && held.isEmpty();
    }

    private List<Setting> settings(ServerConfig config, int tokens) {
        if (isStandard()) {
            return EvaluationPlan.standard(tokens, config.engine().cache().policy());
        }
        EvictionPolicy usual = config.engine().cache().policy();
        List<BudgetSchedule> schedules = schedules(usual);
        List<String> rankings = scorers.isEmpty() ? List.of(usual.scorer().text()) : scorers;
        List<Setting> settings = new ArrayList<>();
        for (String precision : precisions.isEmpty() ? List.of(Setting.EXACT) : precisions) {
            for (BudgetSchedule budget : schedules) {
                for (String scorer : rankings) {
                    settings.add(Setting.of(precision, budget, scorer, usual));
                }
            }
        }
        return settings;
    }

    private List<BudgetSchedule> schedules(EvictionPolicy usual) {
        Optional<HeadLaws> laws =
                Optional.of(usual.budget()).filter(HeadLaws.class::isInstance).map(HeadLaws.class::cast);
        List<BudgetSchedule> named = budgets.isEmpty()
                ? List.of(usual.budget())
                : budgets.stream().map(text -> BudgetSchedule.parse(text, laws)).toList();
        return held.isEmpty()
                ? named
                : held.stream()
                        .map(HeldShare::parse)
                        .flatMap(share -> named.stream().map(share::of))
                        .toList();
    }

    private picocli.CommandLine commandLine() {
        return Objects.requireNonNull(spec).commandLine();
    }
}
