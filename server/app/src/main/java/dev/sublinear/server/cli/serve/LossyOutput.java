package dev.sublinear.server.cli.serve;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Output that never waits for who reads it: a thread of its own writes. What finds too much waiting is lost, and so is what
 * cannot be written. May be used by any thread.
 */
public final class LossyOutput extends OutputStream {
    private static final int MAX_WAITING = 1 << 20; // bytes
    private static final long FINISH_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static @Nullable LossyOutput standardError;

    private final OutputStream out;
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private int waitingBytes; // with those that are being written
    private boolean lossy;

    LossyOutput(OutputStream out) {
        this.out = out;
        Thread writer = new Thread(this::writeOn, "messages");
        writer.setDaemon(true);
        writer.start();
    }

    /**
     * From now on makes nobody wait who writes to standard error: a server's messages and log come from threads that serve, and
     * a pipe that nobody reads would stop them.
     */
    public static synchronized void ofStandardError() {
        standardError = new LossyOutput(new FileOutputStream(FileDescriptor.err));
        System.setErr(new PrintStream(standardError, true, StandardCharsets.UTF_8));
    }

    /** Gives what waits for standard error a moment to be written. */
    public static synchronized void finish() {
        if (standardError != null) {
            standardError.await(FINISH_NANOS);
        }
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int length) {
        if (waitingBytes + length > MAX_WAITING) {
            lossy = true;
            return;
        }
        byte[] copy = new byte[length];
        System.arraycopy(bytes, from, copy, 0, length);
        add(copy);
    }

    private void add(byte[] bytes) {
        waiting.add(bytes);
        waitingBytes += bytes.length;
        notifyAll();
    }

    private void writeOn() {
        try {
            while (true) {
                byte[] next = next();
                try {
                    out.write(next);
                } catch (IOException e) {
                    // nobody reads it: there is no other place to say so
                }
                written(next);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized byte[] next() throws InterruptedException {
        while (waiting.isEmpty()) {
            if (lossy) {
                lossy = false;
                add("\nsublinear: messages were lost here: nobody read them\n".getBytes(StandardCharsets.UTF_8));
            } else {
                wait();
            }
        }
        return waiting.remove();
    }

    private synchronized void written(byte[] bytes) {
        waitingBytes -= bytes.length;
        notifyAll();
    }

    private synchronized void await(long nanos) {
        long deadline = System.nanoTime() + nanos;
        try {
            for (long left = nanos; waitingBytes > 0 && left > 0; left = deadline - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
