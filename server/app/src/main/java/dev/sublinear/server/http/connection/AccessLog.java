package dev.sublinear.server.http.connection;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.openai.ClientText;
import dev.sublinear.server.http.openai.Json;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a line of JSON for each request. Requests never wait for it: a line that finds the queue full, or cannot be
 * written, is counted and lost.
 */
public final class AccessLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final int MAX_WAITING = 8192;
    private static final int MAX_TEXT = 256;
    private static final long CLOSE_SECONDS = 2;

    private final OutputStream out;
    private final ConnectionListener listener;
    private final BlockingQueue<Line> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final Thread writer = new Thread(this::write, "access-log");

    /**
     * One request. Text that the client chose is cut to {@value #MAX_TEXT} characters, with a replacement character for each
     * control character.
     *
     * @param time when its reply ended
     * @param clientRequestId the id that the client gave it
     * @param key the name of the key it came with
     * @param path without the query
     * @param bytes length of the reply's body
     * @param end "complete", "cut" if this server broke the reply off, or "gone" if the client left
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Line(
            String time,
            String id,
            @JsonProperty("client_request_id") @Nullable String clientRequestId,
            String remote,
            @Nullable String key,
            @Nullable String method,
            @Nullable String path,
            int status,
            long bytes,
            @JsonProperty("duration_ms") double durationMillis,
            String end,
            @JsonProperty("user_agent") @Nullable String userAgent) {

        static Line of(
                String id, Request request, String remote, @Nullable String key, int status, long bytes, String end) {
            return new Line(
                    Instant.now().toString(),
                    id,
                    cut(request.headers().get(Exchange.REQUEST_ID)),
                    remote,
                    key,
                    cut(request.method()),
                    cut(request.path()),
                    status,
                    bytes,
                    (System.nanoTime() - request.arrivedNanos()) / 1e6,
                    end,
                    cut(request.headers().get("user-agent")));
        }

        private static @Nullable String cut(@Nullable String text) {
            return text == null ? null : ClientText.shown(text, MAX_TEXT);
        }
    }

    private AccessLog(OutputStream out, ConnectionListener listener) {
        this.out = out;
        this.listener = listener;
        writer.setDaemon(true);
        writer.start();
    }

    /**
     * Opens the log.
     *
     * @throws ConfigException if the file cannot be written
     */
    public static AccessLog open(HttpConfig.AccessLog config, ConnectionListener listener) {
        if (config instanceof HttpConfig.AccessLog.File file) {
            return new AccessLog(append(file.path()), listener);
        }
        boolean off = config instanceof HttpConfig.AccessLog.Off;
        return new AccessLog(off ? OutputStream.nullOutputStream() : stdout(), listener);
    }

    private static OutputStream append(Path path) {
        try {
            return new FileOutputStream(path.toFile(), true); // a channel's stream would close when interrupted
        } catch (IOException e) {
            throw new ConfigException(List.of("http.access-log must be a file that can be written, was " + path));
        }
    }

    /** Not {@code System.out}: that swallows failures, and who holds it makes all wait that write to it, and the end of main. */
    private static OutputStream stdout() {
        return new FileOutputStream(FileDescriptor.out);
    }

    /** May be called by any thread; never waits. */
    void add(Line line) {
        if (!waiting.offer(line)) {
            listener.onLogLineLost();
        }
    }

    private void write() {
        boolean writable = true;
        try {
            while (true) {
                writable = write(waiting.take(), writable);
            }
        } catch (InterruptedException e) { // closed
            for (Line line = waiting.poll(); line != null; line = waiting.poll()) {
                writable = write(line, writable);
            }
        }
    }

    /** Returns whether the line was written. Logs only the first of several failures in a row. */
    private boolean write(Line line, boolean writable) {
        try {
            String begin = writable ? "" : "\n"; // a part of the line before may have been written
            out.write((begin + Json.write(line) + "\n").getBytes(StandardCharsets.UTF_8));
            return true;
        } catch (IOException e) {
            listener.onLogLineLost();
            if (writable) {
                LOG.warn("The access log cannot be written: {}", e.getMessage());
            }
            return false;
        }
    }

    /** Writes the lines that wait, for at most {@value #CLOSE_SECONDS} seconds. */
    @Override
    public void close() {
        writer.interrupt();
        try {
            writer.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
