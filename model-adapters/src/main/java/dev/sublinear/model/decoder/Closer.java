package dev.sublinear.model.decoder;

import java.util.ArrayDeque;
import java.util.Deque;

/** Closes what it was given, the last first: what has been made so far when the next fails. */
final class Closer implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    <T extends AutoCloseable> T add(T made) {
        open.push(made);
        return made;
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("cannot be closed: " + e.getMessage(), e);
            }
        }
    }
}
