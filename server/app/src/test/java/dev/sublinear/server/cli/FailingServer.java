package dev.sublinear.server.cli;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.Fixture;
import picocli.CommandLine;

/** The program with a model that cannot take a step. */
final class FailingServer {
    private FailingServer() {}

    public static void main(String[] args) {
        Serve serve = new Serve(
                Fixture.ENVIRONMENT,
                (model, execution, listener) -> new ScriptedModel(seen -> {
                    throw new IllegalStateException("nothing works");
                }));
        System.exit(new CommandLine(new Sublinear()).addSubcommand(serve).execute(args));
    }
}
