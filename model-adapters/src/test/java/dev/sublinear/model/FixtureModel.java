package dev.sublinear.model;

import java.nio.file.Files;
import java.nio.file.Path;

/** A model of 5.3 million parameters that goes on with English prose: small enough for any test, trained enough to remember. */
public final class FixtureModel {
    private static final String PLACE = "deploy/models/fixture-5m";

    private FixtureModel() {}

    /** Its directory, as Hugging Face lays it out. */
    public static Path directory() {
        for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
            if (Files.isDirectory(up.resolve(PLACE))) {
                return up.resolve(PLACE);
            }
        }
        throw new IllegalStateException(PLACE + " must lie above " + Path.of("").toAbsolutePath());
    }
}
