package dev.sublinear.load;

import dev.sublinear.load.profile.BudgetsProfile;
import dev.sublinear.load.profile.OverloadProfile;
import dev.sublinear.load.profile.Profile;
import dev.sublinear.load.profile.Session;
import dev.sublinear.load.profile.SmokeProfile;
import dev.sublinear.load.profile.SoakProfile;
import dev.sublinear.load.profile.StandardProfile;
import dev.sublinear.load.report.Report;
import dev.sublinear.load.workload.LoadTestException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a profile against servers that it starts, and leaves a report. */
@Command(
        name = "deploy/load-test/run",
        description = "Load servers on this machine and compare every stream with its golden answer.",
        mixinStandardHelpOptions = true)
final class LoadTest implements Callable<Integer> {

    @Parameters(
            index = "0",
            paramLabel = "PROFILE",
            description = {
                "smoke: every stream, refusal and handle, in two minutes, without looking at the clock",
                "standard: the client against a known rate, saturation at 1 to 1,000 streams, a sweep of rates",
                "overload: ten times the saturated rate",
                "soak: 100,000 requests, and 1,000,000 to the stub; nothing may be left",
                "budgets: the default budget beside unlimited, at long contexts in a fixed capacity",
                "all of them: ${COMPLETION-CANDIDATES}"
            })
    private Profiles profile = Profiles.SMOKE;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "where the report goes")
    private Path out = Path.of("");

    @Option(names = "--launcher", paramLabel = "FILE", required = true, description = "what starts a server")
    private Path launcher = Path.of("");

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "" + Session.DEFAULT_SECONDS,
            description = "how long a stage of a time is measured (default: ${DEFAULT-VALUE}; overload: 300)")
    private int seconds;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "of all that is drawn (default: 1)")
    private long seed;

    @Option(
            names = "--scale",
            paramLabel = "X",
            defaultValue = "1",
            description = "multiplies the numbers of requests of soak (default: 1)")
    private double scale;

    @Option(
            names = "--dataset",
            paramLabel = "FILE",
            description = "chats in ShareGPT's format, in place of drawn ones, for standard")
    private Path dataset = Path.of("");

    /** The profiles by name. */
    enum Profiles {
        SMOKE,
        STANDARD,
        OVERLOAD,
        SOAK,
        BUDGETS
    }

    public static void main(String... arguments) {
        System.exit(new CommandLine(new LoadTest())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (failure instanceof LoadTestException) {
                        System.err.println("load-test: " + failure.getMessage());
                    } else {
                        failure.printStackTrace();
                    }
                    return 2;
                })
                .execute(arguments));
    }

    @Override
    public Integer call() {
        try {
            Files.createDirectories(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String name = profile.name().toLowerCase(Locale.ROOT);
        Session session = new Session(
                name, new Session.Settings(launcher.toAbsolutePath(), out.toAbsolutePath(), seconds, seed, scale));
        try {
            of(profile).run(session);
        } catch (LoadTestException e) {
            session.require(false, "%s", String.valueOf(e.getMessage()));
        } finally {
            session.write();
        }
        Report report = session.write();
        System.err.println("load-test: " + (report.isClean() ? "passed" : "FAILED") + "; see "
                + out.resolve("report.html") + " and report.md, report.json beside it");
        return report.isClean() ? 0 : 1;
    }

    private Profile of(Profiles named) {
        return switch (named) {
            case SMOKE -> new SmokeProfile();
            case STANDARD -> new StandardProfile(dataset);
            case OVERLOAD -> new OverloadProfile();
            case SOAK -> new SoakProfile();
            case BUDGETS -> new BudgetsProfile();
        };
    }
}
