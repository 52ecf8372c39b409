package dev.sublinear.model.gguf;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** The files that gguf_goldens.py made. */
final class GgufFixtures {
    private GgufFixtures() {}

    static Path directory() {
        try {
            URL url = Objects.requireNonNull(GgufFixtures.class.getResource("/goldens/gguf"));
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static Path path(String name) {
        return directory().resolve(name + ".gguf");
    }
}
