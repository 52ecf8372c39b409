package dev.sublinear.server.cli.serve;

import dev.sublinear.engine.ForwardingModel;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.server.Fixture;
import dev.sublinear.server.cli.Sublinear;
import picocli.CommandLine;

/** The program with a model that cannot take a step. */
public final class FailingServer {
    private FailingServer() {}

    public static void main(String[] args) {
        Serve serve = new Serve(Fixture.ENVIRONMENT, source -> new ForwardingModel(source.open()) {
            @Override
            public LanguageModel load(Execution execution, LoadListener listener) {
                return new ScriptedModel(seen -> {
                    throw new IllegalStateException("nothing works");
                });
            }
        });
        System.exit(new CommandLine(new Sublinear()).addSubcommand(serve).execute(args));
    }
}
