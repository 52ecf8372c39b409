package dev.sublinear.server.cli.chat;

import java.util.Optional;

/** Where a conversation is held: a terminal, or streams. */
public interface ChatScreen extends AutoCloseable {

    /**
     * Waits for the next message or command, which may have several lines.
     *
     * @return what was said, without what only marks its lines; empty at the end of the input
     * @throws Interrupted if the user interrupts while nothing runs
     */
    Optional<String> read() throws Interrupted;

    /** Shows the next characters of an answer. */
    void show(String piece);

    /** Ends an answer's last line. */
    void endAnswer();

    /** Says something about the conversation, in a line or more. */
    void note(String text);

    /** Whether a user is there who can answer a question. */
    boolean isAttended();

    /**
     * Does what takes time.
     *
     * @param stop runs on another thread if the user interrupts meanwhile
     */
    void during(Runnable work, Runnable stop);

    @Override
    void close();

    /** The user interrupted a message that was being written. */
    final class Interrupted extends Exception {
        private static final long serialVersionUID = 1L;

        /** Whether something had been written, which is gone now. */
        private final boolean dropped;

        Interrupted(boolean dropped) {
            super("interrupted");
            this.dropped = dropped;
        }

        boolean dropped() {
            return dropped;
        }
    }
}
