package dev.sublinear.engine.source;

import dev.sublinear.engine.settings.ConfigException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The model that lies beside this program: what runs when no other is named. */
public final class BundledModel {
    public static final String NAME = "smollm2-135m-instruct";

    private static final Path FILE = Path.of(NAME, "SmolLM2-135M-Instruct.Q4_1.gguf");
    private static final List<Path> PLACES = List.of(Path.of("models"), Path.of("deploy", "models"));
    private static final int LEVELS = 5; // from server/app/target/lib to the root of a checkout

    private BundledModel() {}

    /**
     * Returns its file: in {@code models} beside the jar, or beside a directory that the jar lies in, as in packages, or in
     * {@code deploy/models} of a checkout.
     *
     * @throws ConfigException if it is in none of these places
     */
    public static Path file() {
        return find().orElseThrow(() -> new ConfigException(List.of("no model lies beside this program, as "
                + PLACES.get(0).resolve(FILE) + " below " + home()
                + "; name one with --model: a directory, a GGUF file, or a name on the hub such as "
                + "HuggingFaceTB/SmolLM2-135M-Instruct")));
    }

    /** Returns the same, if it is there. */
    public static Optional<Path> find() {
        return above(home());
    }

    static Optional<Path> above(Path home) {
        Path up = home;
        for (int level = 0; level < LEVELS && up != null; level++, up = up.getParent()) {
            for (Path place : PLACES) {
                Path file = up.resolve(place).resolve(FILE);
                if (Files.isRegularFile(file)) {
                    return Optional.of(file);
                }
            }
        }
        return Optional.empty();
    }

    /** The directory of the jar, or of the classes. */
    private static Path home() {
        CodeSource source =
                Objects.requireNonNull(BundledModel.class.getProtectionDomain().getCodeSource(), "no code source");
        try {
            Path code = Path.of(source.getLocation().toURI()).toAbsolutePath();
            return Objects.requireNonNull(code.getParent(), "a jar or classes in no directory");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
