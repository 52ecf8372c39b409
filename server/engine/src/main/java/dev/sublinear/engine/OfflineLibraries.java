package dev.sublinear.engine;

import java.util.Map;

/** What DJL is told before it loads, unless the program has told it otherwise. */
public final class OfflineLibraries {
    private static final Map<String, String> PROPERTIES = Map.of(
            "ai.djl.offline", "true", // use the native libraries on the class path, fetch none
            "OPT_OUT_TRACKING", "true"); // and call nobody

    private OfflineLibraries() {}

    /** Tells it; once it has loaded, it no longer listens. */
    public static void require() {
        PROPERTIES.forEach(System.getProperties()::putIfAbsent);
    }
}
