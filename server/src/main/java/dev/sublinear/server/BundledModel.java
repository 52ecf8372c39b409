package dev.sublinear.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The small checkpoint among this program's resources: what runs when no other model is named. */
public final class BundledModel {
    public static final String NAME = "bundled";

    private BundledModel() {}

    /** Returns its directory: in the class path's folder, or within the jar through the file system of its own. */
    public static Path directory() {
        URL config = BundledModel.class.getResource("model/config.json");
        if (config == null) {
            throw new ConfigException(List.of("this build has no bundled model; name one with --model"));
        }
        try {
            URI uri = config.toURI();
            if (uri.getScheme().equals("jar")) {
                openJar(uri);
            }
            return Objects.requireNonNull(Path.of(uri).getParent());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void openJar(URI uri) {
        try {
            FileSystems.newFileSystem(uri, Map.of()); // stays open: the path is of use only while it is
        } catch (FileSystemAlreadyExistsException e) {
            return; // opened before
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
