package dev.sublinear.server.source;

import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelDirectory;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.Profile;
import dev.sublinear.server.engine.DecoderModel;
import dev.sublinear.server.engine.LanguageModel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/** A checkpoint as Hugging Face lays it out. */
public record CheckpointSource(Path directory, String name) implements ModelSource {

    /** The checkpoint in a directory, called as that is. */
    public static CheckpointSource in(Path directory) {
        Path last = directory.toAbsolutePath().normalize().getFileName();
        return new CheckpointSource(
                directory, Objects.requireNonNullElse(last, directory).toString());
    }

    @Override
    public Optional<Profile> profile() {
        return Profile.in(directory);
    }

    @Override
    public OpenModel open() {
        return new Open(ModelDirectory.open(directory));
    }

    @Override
    public String toString() {
        return directory.toString();
    }

    private record Open(ModelDirectory directory) implements OpenModel {
        @Override
        public ModelSpec spec() {
            return directory.spec();
        }

        @Override
        public Tokenizer tokenizer() {
            return Tokenizer.open(directory);
        }

        @Override
        public ChatTemplate chat(Tokenizer tokenizer) {
            return ChatTemplate.of(directory, tokenizer);
        }

        @Override
        public LanguageModel load(Execution execution, LoadListener listener) {
            return DecoderModel.load(directory, execution, listener);
        }

        @Override
        public void close() {
            directory.close();
        }
    }
}
