package dev.sublinear.model.hub;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How many bytes can still be written below a directory that may not be there yet. */
interface FreeSpace {
    long in(Path directory) throws IOException;

    /** Bytes that stay free: a full disk hurts other programs, too. */
    long MARGIN = 64L << 20;

    static long onDisk(Path directory) throws IOException {
        Path there = directory.toAbsolutePath();
        for (Path parent = there.getParent(); !Files.exists(there) && parent != null; parent = there.getParent()) {
            there = parent;
        }
        return Files.getFileStore(there).getUsableSpace();
    }

    /** Refuses a download that does not fit on the disk. */
    default void require(HubName name, long bytes, Path directory) {
        long free;
        try {
            free = in(directory);
        } catch (IOException e) {
            throw Partial.unwritable(directory, e);
        }
        if (bytes > 0 && bytes > free - MARGIN) {
            throw new CheckpointException(
                    name.toString(),
                    String.format(
                            "%,d bytes are to come, and %s has %,d free, of which %,d shall stay; make room, or name another "
                                    + "place with HF_HUB_CACHE",
                            bytes, directory, free, MARGIN));
        }
    }
}
