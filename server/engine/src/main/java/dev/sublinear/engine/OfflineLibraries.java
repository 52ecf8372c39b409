package dev.sublinear.engine;

import java.util.Map;

/** What DJL is told before it loads, unless the program has told it otherwise. */
final class OfflineLibraries {
    private static final Map<String, String> PROPERTIES = Map.of(
            "ai.djl.offline", "true", // use the native libraries on the class path, fetch none
            "OPT_OUT_TRACKING", "true"); // and call nobody

    private OfflineLibraries() {}

    static void require() {
        PROPERTIES.forEach((key, value) -> {
            if (System.getProperty(key) == null) {
                System.setProperty(key, value);
            }
        });
    }
}
