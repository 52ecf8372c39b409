package dev.sublinear.model.hub;

import java.nio.file.Path;
import java.time.Instant;

/**
 * A model in the cache.
 *
 * @param name as one writes it to have it
 * @param commit which of its states this is
 * @param format how its weights lie there
 * @param bytes of its files
 * @param lastUsed when one of them was last read, as far as the file system keeps it (Linux: to a day)
 * @param path the directory of a checkpoint, or the (first) GGUF
 */
public record CachedModel(HubName name, String commit, Format format, long bytes, Instant lastUsed, Path path) {

    /** How weights lie in the cache. */
    public enum Format {
        SAFETENSORS("safetensors"),
        GGUF("GGUF"),
        NONE("not whole");

        private final String text;

        Format(String text) {
            this.text = text;
        }

        /** {@link #NONE} is what has not wholly come, or is made of files that nobody here reads. */
        @Override
        public String toString() {
            return text;
        }
    }
}
