package dev.sublinear.server.cli;

import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** The version that the jar was built as. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Sublinear.class.getPackage().getImplementationVersion();
        return new String[] {"sublinear " + Objects.requireNonNullElse(version, "(not from a jar)")};
    }
}
