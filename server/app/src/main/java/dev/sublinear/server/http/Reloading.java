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
    private String fault = "";
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

    /**
     * Reads the value again if the files have changed, or were faulty: a pair of files is renewed one after the other, and one
     * that could not be read may be allowed to be without a change of its own. To be called regularly, always by the same thread.
     */
    void poll() {
        String now = stamps();
        if (now.equals(stamps) && fault.isEmpty()) {
            return;
        }
        stamps = now;
        try {
            current = make.get();
            if (fault.isEmpty()) {
                LOG.info("Read {} again", files);
            } else {
                LOG.warn("Read {} again: in force now", files); // at the level of the complaint that it ends
            }
            fault = "";
        } catch (RuntimeException e) {
            String found = String.valueOf(e.getMessage());
            if (!found.equals(fault)) {
                LOG.warn("What was read before stays in force: {}", found);
            }
            fault = found;
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
