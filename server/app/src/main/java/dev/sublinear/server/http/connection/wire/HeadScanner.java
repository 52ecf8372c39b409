package dev.sublinear.server.http.connection.wire;

import io.netty.util.ByteProcessor;

/**
 * Reads the head of a request byte by byte, and accepts only what all readers understand alike: single spaces in the
 * request line, a target of visible characters, a version as the standard spells it, and no header that continues on the
 * next line. Netty accepts more here; it checks the rest of the syntax itself. Also counts what the head takes of the memory
 * while it comes, and refuses more headers than a request needs: each becomes objects many times as large.
 */
final class HeadScanner implements ByteProcessor {
    private static final String VERSION = "HTTP/0.0";
    private static final String TOKEN = "!#$%&'*+-.^_`|~";
    /** What a header takes besides its bytes: measured, its entry and two strings. */
    private static final int BYTES_OF_HEADER = 128;

    private Part part = Part.START;
    private int length; // bytes of the part that have been read
    private int bytes; // of the head
    private int headers;

    private enum Part {
        START,
        EMPTY_LINE,
        METHOD,
        TARGET,
        VERSION,
        VERSION_END,
        LINE_END,
        HEADER_START,
        HEADER,
        HEAD_END,
        DONE,
        TOO_MANY_HEADERS,
        REJECTED
    }

    void reset() {
        bytes = 0;
        headers = 0;
        next(Part.START);
    }

    /** The bytes of memory that the head takes, about. */
    int weight() {
        return bytes + headers * BYTES_OF_HEADER;
    }

    boolean hasTooManyHeaders() {
        return part == Part.TOO_MANY_HEADERS;
    }

    boolean isDone() {
        return part == Part.DONE;
    }

    boolean isRejected() {
        return part == Part.REJECTED || part == Part.TOO_MANY_HEADERS;
    }

    void reject() {
        next(Part.REJECTED);
    }

    /** Takes a byte, and returns whether it wants another. */
    @Override
    public boolean process(byte value) {
        char c = (char) (value & 0xff);
        bytes++;
        switch (part) {
            case START -> next(c == '\r' ? Part.EMPTY_LINE : orRejected(isToken(c), Part.METHOD));
            case EMPTY_LINE -> next(orRejected(c == '\n', Part.START));
            case METHOD -> next(c == ' ' ? Part.TARGET : orRejected(isToken(c), Part.METHOD));
            case TARGET -> target(c);
            case VERSION -> version(c);
            case VERSION_END -> next(orRejected(c == '\r', Part.LINE_END));
            case LINE_END -> next(orRejected(c == '\n', Part.HEADER_START));
            case HEADER_START -> headerStart(c);
            case HEADER -> next(c == '\n' ? Part.HEADER_START : Part.HEADER);
            case HEAD_END -> next(orRejected(c == '\n', Part.DONE));
            case DONE, TOO_MANY_HEADERS, REJECTED -> throw new IllegalStateException(part.name());
        }
        return part != Part.DONE && !isRejected();
    }

    private void target(char c) {
        boolean ends = c == ' ' && length > 0;
        next(ends ? Part.VERSION : orRejected(c > ' ' && c < 0x7f, Part.TARGET));
    }

    private void version(char c) {
        char expected = VERSION.charAt(length);
        boolean fits = expected == '0' ? c >= '0' && c <= '9' : c == expected;
        boolean last = length == VERSION.length() - 1;
        next(orRejected(fits, last ? Part.VERSION_END : Part.VERSION));
    }

    private void headerStart(char c) {
        boolean folded = c == ' ' || c == '\t';
        boolean ends = c == '\r';
        headers += ends ? 0 : 1;
        next(
                ends
                        ? Part.HEAD_END
                        : headers > StrictRequestDecoder.MAX_HEADERS
                                ? Part.TOO_MANY_HEADERS
                                : orRejected(!folded, Part.HEADER));
    }

    private void next(Part following) {
        length = following == part ? length + 1 : 0;
        part = following;
    }

    private static Part orRejected(boolean fits, Part following) {
        return fits ? following : Part.REJECTED;
    }

    private static boolean isToken(char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || TOKEN.indexOf(c) >= 0;
    }
}
