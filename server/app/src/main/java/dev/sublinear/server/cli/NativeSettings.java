package dev.sublinear.server.cli;

import dev.sublinear.engine.OfflineLibraries;

/**
 * What DJL and Netty have to be told before they load. The launcher says the same and more: environment variables that
 * libgomp and malloc read cannot be set from here.
 */
final class NativeSettings {
    private NativeSettings() {}

    static void apply() {
        OfflineLibraries.require();
        System.getProperties().putIfAbsent("io.netty.allocator.type", "pooled");
    }
}
