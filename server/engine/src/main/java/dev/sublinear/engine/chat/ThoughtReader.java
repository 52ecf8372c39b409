package dev.sublinear.engine.chat;

/** Tells what a model thinks from what it answers. White space around either is not told. */
final class ThoughtReader {
    private enum State {
        BEFORE,
        WITHIN,
        BEHIND,
        OUTSIDE
    }

    private final Thinking thinking;
    private final StringBuilder waiting = new StringBuilder();
    private State state;
    private boolean begun;

    /** @param open whether the answer begins within a thought */
    ThoughtReader(Thinking thinking, boolean open) {
        this.thinking = thinking;
        this.state = thinking.isNone() ? State.OUTSIDE : open ? State.WITHIN : State.BEFORE;
    }

    /**
     * What has become clear.
     *
     * @param thought more of what it thinks
     * @param answer more of what it answers
     */
    record Clear(String thought, String answer) {}

    /** Whether the next characters may be of a thought. */
    boolean isWithin() {
        return state == State.WITHIN;
    }

    /** Whether the characters so far may be the mark of a thought. */
    boolean isUndecided() {
        return state == State.BEFORE;
    }

    Clear accept(String text) {
        waiting.append(text);
        StringBuilder thought = new StringBuilder();
        StringBuilder answer = new StringBuilder();
        State before;
        do {
            before = state;
            step(thought, answer);
        } while (state != before);
        return new Clear(thought.toString(), answer.toString());
    }

    private void step(StringBuilder thought, StringBuilder answer) {
        switch (state) {
            case BEFORE -> begin();
            case WITHIN -> think(thought);
            case BEHIND -> {
                if (skipSpace()) {
                    state = State.OUTSIDE;
                }
            }
            case OUTSIDE -> answer.append(take(waiting.length()));
        }
    }

    private void begin() {
        String soFar = waiting.toString().stripLeading();
        if (soFar.startsWith(thinking.opening())) {
            take(waiting.indexOf(thinking.opening()) + thinking.opening().length());
            state = State.WITHIN;
        } else if (!thinking.opening().startsWith(soFar)) {
            state = State.OUTSIDE;
        }
    }

    private void think(StringBuilder thought) {
        if (!begun && !skipSpace()) {
            return;
        }
        begun = true;
        int end = waiting.indexOf(thinking.closing());
        if (end >= 0) {
            thought.append(take(end).stripTrailing());
            take(thinking.closing().length());
            state = State.BEHIND;
            return;
        }
        int safe = waiting.length() - Beginnings.atEnd(waiting, thinking.closing());
        while (safe > 0 && Character.isWhitespace(waiting.charAt(safe - 1))) {
            safe--;
        }
        thought.append(take(safe));
    }

    /** Whether there is something behind the space. */
    private boolean skipSpace() {
        int length = JsonText.skipSpace(waiting.toString(), 0);
        take(length);
        return waiting.length() > 0;
    }

    private String take(int length) {
        String taken = waiting.substring(0, length);
        waiting.delete(0, length);
        return taken;
    }

    /** The answer ends. */
    Clear finish() {
        String rest = take(waiting.length());
        return state == State.WITHIN
                ? new Clear(rest.stripTrailing(), "")
                : new Clear("", state == State.BEHIND ? "" : rest);
    }
}
