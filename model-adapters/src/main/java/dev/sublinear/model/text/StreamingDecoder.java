package dev.sublinear.model.text;

import java.util.Arrays;
import java.util.Map;

/**
 * Turns a stream of ids into whole characters: what it has emitted never changes, and no replacement character stands
 * for half a character. The pieces, joined, are what {@link Tokenizer#decode} makes of all ids. For one thread.
 */
public final class StreamingDecoder {
    /*
     * Only a window of the latest ids is decoded [1, 2]. Of its text, all but the end is emitted at once: the end is
     * held back while it consists of replacement characters, since the next id may complete them. The bytes of an
     * unfinished character are at most three, so at most three of them wait.
     *
     * When the window is full, its older half goes, if possible at a place where the text of the rest is the rest of the
     * text. Where there is none, decoding starts within a character; but UTF-8 finds its feet after three bytes, each id
     * that stays has at least one, and what is emitted is counted from the end.
     *
     * A decoder that falls back to bytes, as Llama 2's, makes replacement characters of a whole run of byte tokens while
     * one of its characters is unfinished, also of those that were whole before. Then the text contradicts what is
     * emitted; three ids may be in doubt like that. A fourth tells that a byte was wrong, and decoding starts afresh at
     * the first id in doubt. Only there do the pieces differ from the whole, which takes back what was right before.
     *
     * [1] Text Generation Inference, decode_token. [2] vLLM, detokenize_incrementally.
     */
    private static final int WINDOW = 32;
    private static final int KEPT = 16;
    private static final int PLACES = 8;
    private static final int UNFINISHED = 3;
    private static final char REPLACEMENT = '\ufffd';

    private final Tokenizer tokenizer;
    private final Map<Integer, String> told;
    private final int[] window = new int[WINDOW + UNFINISHED + 1];
    private int length;
    /** The text of the window. */
    private String text = "";
    /** What of it has been emitted: its beginning, unless ids are in doubt. */
    private String emitted = "";
    /** How many of the latest ids have a text that contradicts what is emitted. */
    private int inDoubt;

    /** @param told names of ids that are told by them, and end the characters before them */
    StreamingDecoder(Tokenizer tokenizer, Map<Integer, String> told) {
        this.tokenizer = tokenizer;
        this.told = Map.copyOf(told);
    }

    /**
     * The characters that {@code id} completes, often a word, sometimes none.
     *
     * @throws IllegalArgumentException if the id is not below {@link Tokenizer#vocabSize}
     */
    public String accept(int id) {
        String name = told.get(id);
        if (name != null) {
            return endedBy(name);
        }
        if (!tokenizer.isShown(id)) {
            return "";
        }
        if (length >= WINDOW && inDoubt == 0) {
            dropOldest();
        }
        window[length++] = id;
        text = decoded(0);
        if (text.startsWith(emitted)) {
            inDoubt = 0;
        } else if (++inDoubt <= UNFINISHED) {
            return "";
        } else {
            startAtDoubt();
        }
        return emitUpTo(Math.max(emitted.length(), finished()));
    }

    private String endedBy(String name) {
        String before = finish();
        length = 0;
        text = "";
        emitted = "";
        return before + name;
    }

    private void dropOldest() {
        int waiting = text.length() - emitted.length();
        cut(placeToCut());
        emitted = text.substring(0, Math.max(0, text.length() - waiting));
    }

    private int placeToCut() {
        int last = length - KEPT;
        for (int start = last; start > last - PLACES; start--) {
            if (text.endsWith(decoded(start))) {
                return start;
            }
        }
        return last;
    }

    private void startAtDoubt() {
        cut(length - inDoubt);
        emitted = "";
        inDoubt = 0;
    }

    private void cut(int start) {
        text = decoded(start);
        length -= start;
        System.arraycopy(window, start, window, 0, length);
    }

    private String decoded(int start) {
        return tokenizer.decode(Arrays.copyOfRange(window, start, length));
    }

    /** Where the text ends that the next ids cannot change. */
    private int finished() {
        int end = text.length();
        while (end > 0 && text.length() - end < UNFINISHED && text.charAt(end - 1) == REPLACEMENT) {
            end--;
        }
        return end;
    }

    private String emitUpTo(int end) {
        String piece = text.substring(emitted.length(), end);
        emitted = text.substring(0, end);
        return piece;
    }

    /** What was held back; it will not become characters any more. To be called at the end. */
    public String finish() {
        if (inDoubt > 0) {
            startAtDoubt();
        }
        return emitUpTo(text.length());
    }
}
