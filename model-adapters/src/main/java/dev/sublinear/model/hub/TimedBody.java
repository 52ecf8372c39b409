package dev.sublinear.model.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The body of an answer as it comes, which must not stand still for longer than a given time. For one reader. */
final class TimedBody implements BodySubscriber<TimedBody>, AutoCloseable {
    private static final int DRAINED = 64 << 10;

    private final Duration patience;
    private final CompletableFuture<TimedBody> begun = new CompletableFuture<>();
    private final BlockingQueue<List<ByteBuffer>> arrived = new LinkedBlockingQueue<>();
    private final List<ByteBuffer> end = new ArrayList<>();
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Subscription subscription;

    TimedBody(Duration patience) {
        this.patience = patience;
    }

    @Override
    public CompletionStage<TimedBody> getBody() {
        return begun;
    }

    @Override
    public void onSubscribe(Subscription given) {
        subscription = given;
        begun.complete(this);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        arrived.add(buffers);
    }

    @Override
    public void onError(Throwable thrown) {
        failure = thrown;
        arrived.add(end);
        begun.completeExceptionally(thrown);
    }

    @Override
    public void onComplete() {
        arrived.add(end);
    }

    /**
     * Waits for the next bytes.
     *
     * @return them, or an empty list at the end
     * @throws IOException if the body breaks off, or nothing comes for too long
     */
    List<ByteBuffer> next() throws IOException {
        Subscription source = subscription;
        if (source != null) {
            source.request(1);
        }
        try {
            for (; ; ) {
                List<ByteBuffer> buffers = arrived.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
                if (buffers == null) {
                    throw new HttpTimeoutException("nothing came for " + patience.toMillis() / 1000.0 + " s");
                }
                if (buffers == end) {
                    arrived.add(end);
                    Throwable thrown = failure;
                    if (thrown != null) {
                        throw new IOException("the answer broke off: " + thrown.getMessage(), thrown);
                    }
                    return List.of();
                }
                if (!buffers.isEmpty()) {
                    return buffers;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Interrupted(e);
        }
    }

    /** The whole body, which must not have more than {@code most} bytes. */
    byte[] bytes(int most) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (List<ByteBuffer> buffers = next(); !buffers.isEmpty(); buffers = next()) {
            for (ByteBuffer buffer : buffers) {
                byte[] bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                all.writeBytes(bytes);
            }
            if (all.size() > most) {
                throw new IOException("the answer is longer than " + most + " bytes");
            }
        }
        return all.toByteArray();
    }

    /** Skips a body that is not needed, so that the connection can be used again; closes it if the body is long. */
    void drain() {
        try {
            bytes(DRAINED);
        } catch (IOException e) {
            close(); // the connection cannot be used again
        }
    }

    /** Closes the connection before the rest has come. */
    @Override
    public void close() {
        Subscription source = subscription;
        if (source != null) {
            source.cancel();
        }
    }
}
