package dev.sublinear.server.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A value that is read from files, and read again when they have changed. Where the new files are faulty the old value
 * stays in force.
 *
 * @param <T> the type of the value
 */
final class Reloading<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Reloading.class);

    private final List<Path> files;
    private final Supplier<T> make;
    private String stamps;
    private volatile T current;

    /** Reads the value for the first time. Throws what {@code make} throws. */
    Reloading(List<Path> files, Supplier<T> make) {
        this.files = List.copyOf(files);
        this.make = make;
        this.stamps = stamps();
        this.current = make.get();
    }

    T get() {
        return current;
    }

    /** Reads the value again if the files have changed. To be called regularly, always by the same thread. */
    void poll() {
        String now = stamps();
        if (!now.equals(stamps)) {
            stamps = now; // a file is not tried again before it changes again
            try {
                current = make.get();
                LOG.info("Read {} again", files);
            } catch (RuntimeException e) {
                LOG.warn("What was read before stays in force: {}", e.getMessage());
            }
        }
    }

    private String stamps() {
        StringBuilder text = new StringBuilder();
        for (Path file : files) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                text.append(attributes.lastModifiedTime()).append(' ').append(attributes.size());
                text.append(' ').append(attributes.fileKey()).append('\n');
            } catch (IOException e) {
                text.append("unreadable\n");
            }
        }
        return text.toString();
    }
}
