package dev.sublinear.model.hub;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/*
 * What comes is appended to one partial file, which a later attempt, also of another process, reads again (for the hash)
 * and goes on from. Only a file whose size and hash are what the hub's list says gets its final name.
 */
/** Downloads one file into the cache. */
final class Download {
    private final HubClient client;
    private final HubCache cache;
    private final String commit;
    private final RepoFile file;
    private final Tally tally;

    Download(HubClient client, HubCache cache, String commit, RepoFile file, Tally tally) {
        this.client = client;
        this.cache = cache;
        this.commit = commit;
        this.file = file;
        this.tally = tally;
    }

    /**
     * Fetches the file unless it is in the cache. A second caller waits for the first, then finds it there.
     *
     * @throws IOException if the hub cannot be reached
     * @throws CheckpointException if it refuses, sends something else, or the cache cannot be written
     */
    void run() throws IOException {
        try (CacheLock lock = lock()) {
            if (cache.hasBlob(file)) {
                tally.found(file.size(), file.path());
            } else {
                client.verify(file, commit);
                fetch();
            }
            link();
        }
    }

    private void link() {
        try {
            cache.link(commit, file);
        } catch (IOException e) {
            throw Partial.unwritable(cache.snapshot(commit), e);
        }
    }

    private CacheLock lock() {
        try {
            cache.prepare();
            return CacheLock.of(cache.lock(file));
        } catch (IOException e) {
            throw Partial.unwritable(cache.root(), e);
        }
    }

    private void fetch() throws IOException {
        try (Partial partial = Partial.open(file, cache.partial(file))) {
            tally.found(partial.size(), file.path());
            Patience.Turns turns = client.patience().turns();
            while (partial.size() < file.size()) {
                try {
                    continueWith(partial, turns);
                } catch (IOException e) {
                    turns.pauseAfter(e);
                }
            }
            partial.finish(cache.blob(file));
        }
    }

    private void continueWith(Partial partial, Patience.Turns turns) throws IOException {
        try (Transport.Answer answer = client.download(file, commit, partial.size())) {
            if (answer.status() == 206) {
                requireRange(answer, partial);
            } else {
                startOver(partial);
                requireWhole(answer);
            }
            for (List<ByteBuffer> buffers = answer.body().next();
                    !buffers.isEmpty();
                    buffers = answer.body().next()) {
                for (ByteBuffer buffer : buffers) {
                    append(partial, buffer);
                }
                turns.succeeded();
            }
            if (partial.size() < file.size()) {
                throw new IOException(
                        file.path() + ": the answer ended after " + partial.size() + " of " + file.size() + " bytes");
            }
        }
    }

    private void append(Partial partial, ByteBuffer buffer) {
        int bytes = buffer.remaining();
        if (partial.size() + bytes > file.size()) {
            partial.delete();
            throw new CheckpointException(
                    file.path(),
                    "more than the " + file.size() + " bytes came that the hub's list tells of; it was deleted");
        }
        partial.append(buffer);
        tally.received(bytes, file.path());
    }

    private void requireWhole(Transport.Answer answer) throws IOException {
        if (answer.status() == 416) {
            throw new IOException(file.path() + ": there is no such part of it; starting over");
        }
        long length = answer.headers().firstValueAsLong("Content-Length").orElse(file.size());
        if (answer.status() != 200 || length != file.size()) {
            throw new CheckpointException(
                    file.path(),
                    "must have " + file.size() + " bytes by the hub's list; " + length + " were offered with status "
                            + answer.status());
        }
    }

    private void requireRange(Transport.Answer answer, Partial partial) throws IOException {
        String range = answer.header("Content-Range").orElse("none");
        String asked = partial.size() + "-" + (file.size() - 1) + "/";
        if (!range.equals("bytes " + asked + file.size()) && !range.equals("bytes " + asked + "*")) {
            startOver(partial);
            throw new IOException(file.path() + ": bytes " + asked + file.size() + " were asked for, " + quote(range)
                    + " came; starting over");
        }
    }

    private void startOver(Partial partial) {
        if (partial.size() == 0) {
            return;
        }
        tally.found(-partial.size(), file.path());
        partial.restart();
    }
}
