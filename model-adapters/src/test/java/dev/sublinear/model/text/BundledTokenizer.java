package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.HuggingFaceCheckpoint;
import dev.sublinear.model.StrictJson;
import java.nio.file.Path;

/** The tokenizer that the server ships. */
final class BundledTokenizer {
    static final Path MODEL = Path.of("../server/src/main/resources/dev/sublinear/server/model");

    private BundledTokenizer() {}

    static Tokenizer open() {
        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(MODEL)) {
            return Tokenizer.open(model);
        }
    }

    static ObjectNode json() {
        return StrictJson.read(MODEL.resolve("tokenizer.json"), 64 << 20);
    }
}
