package dev.sublinear.model.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets one thread of one process on this machine download a file at a time. The system releases it after a crash. */
final class CacheLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CacheLock.class);
    private static final Map<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

    private final ReentrantLock threads;
    private final FileChannel channel;

    private CacheLock(ReentrantLock threads, FileChannel channel) {
        this.threads = threads;
        this.channel = channel;
    }

    /** Waits until this thread holds the lock. */
    static CacheLock of(Path path) throws IOException {
        Files.createDirectories(path.resolveSibling(""));
        ReentrantLock threads = THREADS.computeIfAbsent(path, added -> new ReentrantLock());
        threads.lock();
        try {
            return new CacheLock(threads, locked(path));
        } catch (IOException | RuntimeException e) {
            threads.unlock();
            throw e;
        }
    }

    private static FileChannel locked(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                LOG.warn("Waiting for another process that fetches the same file ({})", path);
                lock = channel.lock();
            }
        } catch (IOException e) {
            // Some network file systems have no locks. Two that write the same file write the same bytes to the same
            // places.
            LOG.warn("{} cannot be locked ({}): do not fetch the same model twice at once", path, e.getMessage());
        }
        return channel;
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            threads.unlock();
        }
    }
}
