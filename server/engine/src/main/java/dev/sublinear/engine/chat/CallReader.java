package dev.sublinear.engine.chat;

import dev.sublinear.engine.chat.Said.Called;
import dev.sublinear.engine.chat.Said.Words;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tells what an assistant says from what it calls. Text that may be a call waits until that is clear; what turns out to
 * be none is text after all.
 */
final class CallReader {
    private final ToolFormat format;
    private final Callable callable;
    private final boolean several;
    private final Set<String> controls;
    private final StringBuilder waiting = new StringBuilder();
    private final StringBuilder blank = new StringBuilder(); // told once words follow
    private final List<Said> clear = new ArrayList<>();
    private boolean spoken;
    private boolean called;

    /**
     * Makes a reader of one answer.
     *
     * @param several whether more than one call is told; else nothing is told after the first
     * @param controls markers that are control tokens, and so no text
     */
    CallReader(ToolFormat format, Callable callable, boolean several, Set<String> controls) {
        this.format = format;
        this.callable = callable;
        this.several = several;
        this.controls = controls;
    }

    /** Takes more of the answer, and returns what has become clear. */
    List<Said> accept(String text) {
        if (callable.isEmpty()) {
            return text.isEmpty() ? List.of() : List.of(new Words(text));
        }
        waiting.append(text);
        boolean more = true;
        while (more && !isCut()) {
            more = step();
        }
        return cleared();
    }

    private List<Said> cleared() {
        List<Said> said = List.copyOf(clear);
        clear.clear();
        return said;
    }

    boolean hasCalled() {
        return called;
    }

    /** Whether the rest of the answer is dropped. */
    boolean isCut() {
        return called && !several;
    }

    /** Whether a part could be told, so that another may follow. */
    private boolean step() {
        int at = opening();
        if (at < 0) {
            say(safe());
            return false;
        }
        say(at);
        Reading reading = format.read(waiting.toString(), callable);
        if (reading instanceof Reading.Calls calls) {
            tell(calls);
        } else if (reading instanceof Reading.NoCall) {
            passOpening();
        }
        return !(reading instanceof Reading.Unclear);
    }

    private void tell(Reading.Calls read) {
        waiting.delete(0, read.length());
        blank.setLength(0);
        for (Call call : several ? read.calls() : read.calls().subList(0, 1)) {
            clear.add(new Called(format.newId(), call));
        }
        called = true;
    }

    /** Tells what looked like a call as text, without control tokens. */
    private void passOpening() {
        String text = waiting.toString();
        String opening = openings().filter(text::startsWith).findFirst().orElseThrow();
        if (controls.contains(opening)) {
            waiting.delete(0, opening.length());
        } else {
            say(opening.length());
        }
    }

    private Stream<String> openings() {
        return Stream.concat(format.openings().stream(), spoken ? Stream.empty() : format.firstOpenings().stream());
    }

    /** The place of the first; -1 for none. */
    private int opening() {
        String text = waiting.toString();
        int first = format.openings().stream()
                .map(text::indexOf)
                .filter(at -> at >= 0)
                .min(Comparator.naturalOrder())
                .orElse(-1);
        int start = skipSilence(text);
        boolean begins = !spoken
                && (first < 0 || first > start)
                && format.firstOpenings().stream().anyMatch(opening -> text.startsWith(opening, start));
        return begins ? start : first;
    }

    /** White space and, behind a call, what separates calls. */
    private int skipSilence(String text) {
        int at = 0;
        while (at < text.length() && isSilent(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private boolean isSilent(int c) {
        return Character.isWhitespace(c) || (called && format.separators().indexOf(c) >= 0);
    }

    private int safe() {
        int held = format.openings().stream()
                .mapToInt(opening -> Beginnings.atEnd(waiting, opening))
                .max()
                .orElse(0);
        return waiting.length() - held;
    }

    private void say(int length) {
        String text = waiting.substring(0, length);
        waiting.delete(0, length);
        if (text.chars().allMatch(this::isSilent)) {
            blank.append(text);
            if (spoken && !called) {
                flushBlank();
            }
            return;
        }
        spoken = true;
        clear.add(new Words(blank + text));
        blank.setLength(0);
    }

    private void flushBlank() {
        if (blank.length() > 0) {
            clear.add(new Words(blank.toString()));
            blank.setLength(0);
        }
    }

    /** The answer ends. */
    List<Said> finish() {
        if (isCut()) {
            return List.of();
        }
        if (waiting.length() > 0 && opening() == 0) {
            endCall();
        }
        say(waiting.length());
        if (!called) {
            flushBlank();
        }
        return cleared();
    }

    /** A call at the very end may lack what closes it. */
    private void endCall() {
        Reading last = format.read(waiting + format.closing(), callable);
        if (last instanceof Reading.Calls calls) {
            tell(new Reading.Calls(calls.calls(), Math.min(calls.length(), waiting.length())));
            if (format.closing().startsWith(waiting.toString().strip())) {
                waiting.setLength(0);
            }
        }
    }
}
