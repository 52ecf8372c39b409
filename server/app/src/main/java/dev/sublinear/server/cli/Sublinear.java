package dev.sublinear.server.cli;

import dev.sublinear.engine.generation.RejectedException;
import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.precision.PrecisionException;
import dev.sublinear.server.cli.chat.Chat;
import dev.sublinear.server.cli.chat.PipedScreen;
import dev.sublinear.server.cli.chat.TerminalScreen;
import dev.sublinear.server.cli.command.CommandException;
import dev.sublinear.server.cli.measure.Bench;
import dev.sublinear.server.cli.measure.Calibrate;
import dev.sublinear.server.cli.measure.Evaluate;
import dev.sublinear.server.cli.serve.LossyOutput;
import dev.sublinear.server.cli.serve.Serve;
import dev.sublinear.server.http.connection.ListenException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program: an error is one line that says what is wrong, and an exit code that is not zero. */
@Command(
        name = "sublinear",
        description = "An LLM inference server whose KV cache grows as α·n^C.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class Sublinear implements Runnable {

    @Spec
    private @Nullable CommandSpec spec;

    public static void main(String[] args) {
        NativeSettings.apply();
        if (args.length > 0 && args[0].equals("serve")) {
            LossyOutput.ofStandardError();
        }
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        Map<String, String> environment = System.getenv();
        int code = run(args, environment, TerminalScreen.orStreams(environment), out, err);
        if (out.checkError() && code == CommandLine.ExitCode.OK) {
            err.println("sublinear: standard output did not take all that was written to it");
            code = CommandLine.ExitCode.SOFTWARE;
        }
        LossyOutput.finish();
        System.exit(code);
    }

    /** Runs a command to its end, without a terminal, and returns the exit code. */
    static int run(String[] args, Map<String, String> environment, PrintWriter out, PrintWriter err) {
        return run(args, environment, PipedScreen.from(System.in), out, err);
    }

    /** The same where conversations are held elsewhere. */
    static int run(
            String[] args, Map<String, String> environment, Chat.Screens screens, PrintWriter out, PrintWriter err) {
        CommandLine line = new CommandLine(new Sublinear())
                .addSubcommand(new Serve(environment, ModelSource::open))
                .addSubcommand(new Generate(environment))
                .addSubcommand(new Chat(environment, screens))
                .addSubcommand(new Inspect(environment))
                .addSubcommand(new Bench(environment))
                .addSubcommand(new Evaluate(environment))
                .addSubcommand(new Calibrate(environment))
                .addSubcommand(new Pull(environment))
                .addSubcommand(new ListModels(environment))
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler(Sublinear::misused)
                .setExecutionExceptionHandler(Sublinear::failed);
        return line.execute(args);
    }

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(),
                "a command is needed: serve, generate, chat, inspect, bench, evaluate, calibrate, pull or models");
    }

    private static int misused(ParameterException e, String[] args) {
        CommandLine line = e.getCommandLine();
        line.getErr().println("sublinear: " + oneLine(e.getMessage()) + "; see sublinear --help");
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
        boolean expected = e instanceof ConfigException
                || e instanceof CheckpointException
                || e instanceof PrecisionException
                || e instanceof RejectedException
                || e instanceof ListenException
                || e instanceof CommandException;
        String message = expected ? e.getMessage() : "failed: " + e;
        line.getErr().println("sublinear: " + message);
        if (Boolean.getBoolean("sublinear.debug")) {
            e.printStackTrace(line.getErr());
        } else if (!expected) {
            line.getErr().println("sublinear: this is a fault of the program; --debug shows where");
        }
        line.getErr().flush();
        return e instanceof ConfigException || e instanceof PrecisionException
                ? CommandLine.ExitCode.USAGE
                : CommandLine.ExitCode.SOFTWARE;
    }

    private static String oneLine(@Nullable String message) {
        return String.valueOf(message).replaceAll("\\s*\\R\\s*", " ");
    }
}
