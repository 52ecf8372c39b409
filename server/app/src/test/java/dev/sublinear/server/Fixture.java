package dev.sublinear.server;

import dev.sublinear.model.FixtureModel;
import java.util.Map;

/** Settings under which commands take the small {@link FixtureModel}, exactly. */
public final class Fixture {
    public static final Map<String, String> ENVIRONMENT =
            Map.of("SUBLINEAR_MODEL", FixtureModel.directory().toString(), "SUBLINEAR_PRECISION", "f32");

    private Fixture() {}
}
