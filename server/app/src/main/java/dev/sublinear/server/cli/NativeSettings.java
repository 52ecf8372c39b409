package dev.sublinear.server.cli;

import java.util.Map;

/**
 * What DJL and Netty have to be told before they load. The launcher says the same and more: environment variables that
 * libgomp and malloc read cannot be set from here.
 */
final class NativeSettings {
    private static final Map<String, String> PROPERTIES = Map.of(
            "ai.djl.offline", "true", // use the native libraries on the class path, fetch none
            "OPT_OUT_TRACKING", "true", // and call nobody
            "io.netty.allocator.type", "pooled");

    private NativeSettings() {}

    static void apply() {
        PROPERTIES.forEach((key, value) -> {
            if (System.getProperty(key) == null) {
                System.setProperty(key, value);
            }
        });
    }
}
