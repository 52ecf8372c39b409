package dev.sublinear.model.gguf;

import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads any bytes as a GGUF file: head, sizes, tokenizer, templates and a norm. For Jazzer, see {@code deploy/fuzz}. */
public final class GgufFuzzer {
    private static final Path FILE = file();

    private GgufFuzzer() {}

    private static Path file() {
        try {
            Path file = Files.createTempFile("fuzz", ".gguf");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What Jazzer calls first: classes are loaded here, which takes longer than an input may. */
    public static void fuzzerInitialize() {
        fuzzerTestOneInput(TinyGguf.whole().build());
    }

    /** What Jazzer calls. Only a {@link CheckpointException} may come of it. */
    public static void fuzzerTestOneInput(byte[] input) {
        try {
            Files.write(FILE, input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(FILE)) {
            checkpoint.templates();
            checkpoint.tokenizer();
            int numbers =
                    Math.toIntExact(Weight.FINAL_NORM.shape(checkpoint.spec()).size());
            checkpoint.weights().read(Weight.FINAL_NORM, 0, 0, 0, FloatBuffer.allocate(numbers));
        } catch (CheckpointException e) {
            return; // not a model
        }
    }
}
