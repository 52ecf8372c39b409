package dev.sublinear.server.cli.chat;

import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.generation.EngineListener;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.server.cli.command.ConfigOptions;
import dev.sublinear.server.cli.command.LoadProgress;
import dev.sublinear.server.cli.command.SamplingOptions;
import dev.sublinear.server.config.ServerConfig;
import java.io.PrintWriter;
import java.util.Locale;
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

/** Holds a conversation with the model. */
@Command(
        name = "chat",
        description = {
            "Hold a conversation in the terminal.",
            "Without a terminal each line of the standard input is a message; a line that ends in a backslash goes on in the"
                    + " next, and \"\"\" begins and ends a message of many lines. Answers go to the standard output, and what is"
                    + " said about them to the standard error. The first message without an answer ends it, with code 1."
        },
        mixinStandardHelpOptions = true)
public final class Chat implements Callable<Integer> {
    private static final GenerationDefaults OF_A_CONVERSATION = new GenerationDefaults(0.2, 0.9, 0, 0, 1);

    private final Map<String, String> environment;
    private final Screens screens;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Parameters(index = "0", arity = "0..1", paramLabel = "MODEL", description = "the same as --model")
    private @Nullable String model;

    @Option(names = "--system", paramLabel = "TEXT", description = "what the model is told before anything else")
    private String system = "";

    @Option(names = "--max-tokens", paramLabel = "N", description = "tokens of an answer (default: 1024)")
    private int maxTokens = 1024;

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    @Spec
    private @Nullable CommandSpec spec;

    /** Where conversations are held. */
    public interface Screens {
        ChatScreen open(PrintWriter out, PrintWriter err);
    }

    public Chat(Map<String, String> environment, Screens screens) {
        this.environment = environment;
        this.screens = screens;
    }

    @Override
    public Integer call() {
        sampling.verify(); // before a model is loaded
        if (model != null) {
            options.set("model", model);
        }
        ServerConfig config = options.read(environment);
        try (LocalModel running = LocalModel.open(
                        config.model().source().open(), config.engine(), EngineListener.NONE, LoadProgress.start());
                ChatScreen screen =
                        screens.open(commandLine().getOut(), commandLine().getErr())) {
            greet(screen, config, running);
            new Dialogue(
                            screen,
                            new Conversation(
                                    running, sampling.params(usual(running.defaults())), maxTokens, system.strip()))
                    .run();
        }
        return 0;
    }

    private static void greet(ChatScreen screen, ServerConfig config, LocalModel running) {
        config.model().source().profile().ifPresent(profile -> screen.note(profile.describe()));
        if (screen.isAttended()) {
            screen.note(String.format(
                    Locale.ROOT,
                    "%s in %s%ncontext of %,d tokens, budget %s",
                    config.model().name(),
                    config.engine().precision().describe(running.storedAs()),
                    running.spec().maxPositions(),
                    config.engine().cache().policy().budget()));
        }
        if (!running.chats().template().isOfCheckpoint()) {
            screen.note(
                    "This model has no chat template: it is asked as \"User: … Assistant:\", and may not have learned to answer.");
        }
        if (screen.isAttended()) {
            screen.note("/help says what can be done here. Ctrl-C stops an answer, Ctrl-D leaves.");
        }
    }

    /** What the makers say, or what suits a conversation where they say nothing. */
    private static GenerationDefaults usual(GenerationDefaults makers) {
        return makers.equals(GenerationDefaults.NONE) ? OF_A_CONVERSATION : makers;
    }

    private CommandLine commandLine() {
        return Objects.requireNonNull(spec).commandLine();
    }
}
