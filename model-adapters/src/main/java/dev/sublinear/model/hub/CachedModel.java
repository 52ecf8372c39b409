package dev.sublinear.model.hub;

import java.nio.file.Path;
import java.time.Instant;

/**
 * A model in the cache.
 *
 * @param name as {@code --model} takes it
 * @param commit the 40 hexadecimal digits of its commit
 * @param format of its weights
 * @param bytes the size of all its files together
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

        /** {@link #NONE} is an incomplete download, or files of a format that cannot be read. */
        @Override
        public String toString() {
            return text;
        }
    }
}
