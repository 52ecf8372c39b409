package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.checkpoint.StrictJson;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import java.nio.file.Path;

/** The tokenizer that the server ships. */
final class FixtureTokenizer {
    static final Path MODEL = FixtureModel.directory();

    private FixtureTokenizer() {}

    static Tokenizer open() {
        try (HuggingFaceCheckpoint model = HuggingFaceCheckpoint.open(MODEL)) {
            return Tokenizer.open(model);
        }
    }

    static ObjectNode json() {
        return StrictJson.read(MODEL.resolve("tokenizer.json"), 64 << 20);
    }
}
