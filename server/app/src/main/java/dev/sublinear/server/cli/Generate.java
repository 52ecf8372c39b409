package dev.sublinear.server.cli;

import dev.sublinear.engine.Answer;
import dev.sublinear.engine.AnswerException;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.EngineListener;
import dev.sublinear.engine.settings.Profile;
import dev.sublinear.server.cli.command.CommandException;
import dev.sublinear.server.cli.command.ConfigOptions;
import dev.sublinear.server.cli.command.LoadProgress;
import dev.sublinear.server.cli.command.SamplingOptions;
import dev.sublinear.server.cli.command.Stats;
import dev.sublinear.server.config.ServerConfig;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the continuation of a prompt as it is generated. */
@Command(
        name = "generate",
        description = "Print a completion of a prompt as it comes.",
        mixinStandardHelpOptions = true)
final class Generate implements Callable<Integer> {
    private final Map<String, String> environment;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Parameters(index = "0", paramLabel = "PROMPT", description = "text to continue")
    private String prompt = "";

    @Option(names = "--max-tokens", paramLabel = "N", description = "tokens to generate (default: 128)")
    private int maxTokens = 128;

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    @Option(names = "--stats", description = "print speed and the cache's size to stderr")
    private boolean stats;

    @Spec
    private @Nullable CommandSpec spec;

    Generate(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        sampling.verify(); // before a model is loaded
        ServerConfig config = options.read(environment);
        config.model().source().profile().ifPresent(this::say);
        CacheCurve curve = new CacheCurve();
        try (LocalModel model = LocalModel.open(
                config.model().source().open(),
                config.engine(),
                stats ? curve : EngineListener.NONE,
                LoadProgress.start())) {
            Completion completion = generate(model);
            if (stats) {
                PrintWriter err = commandLine().getErr();
                err.print(new Stats(completion));
                err.print(curve.plot(config.engine().cache().policy()));
                err.flush();
            }
        }
        return 0;
    }

    private Completion generate(LocalModel model) {
        PrintWriter out = commandLine().getOut();
        try {
            Answer answer =
                    model.complete(prompt).maxTokens(maxTokens).sampling(sampling.params(model.defaults())).stream(
                            token -> {
                                out.print(token.text());
                                out.flush();
                            });
            return answer.completion();
        } catch (AnswerException e) {
            throw new CommandException("generation failed: " + e.getCause(), e);
        } finally {
            out.println();
            out.flush();
        }
    }

    private void say(Profile profile) {
        commandLine().getErr().println("sublinear: " + profile.describe());
        commandLine().getErr().flush();
    }

    private CommandLine commandLine() {
        return Objects.requireNonNull(spec).commandLine();
    }
}
