package dev.sublinear.engine.constraint.automaton;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Locale;

/**
 * How characters are written in a JSON string: themselves in UTF-8, but the quote, the backslash and five control
 * characters as a backslash and a letter. So each text has one spelling, and an automaton over texts is one over bytes.
 */
public final class Spelling {
    static final int LAST = Character.MAX_CODE_POINT;

    private static final String ESCAPED = "\"\\\b\f\n\r\t";
    private static final String LETTERS = "\"\\bfnrt";
    private static final int FIRST_PRINTABLE = 0x20;
    private static final int[] LAST_OF_LENGTH = {0x7f, 0x7ff, 0xffff};
    private static final int BITS_OF_CONTINUATION = 6;

    private Spelling() {}

    /**
     * Returns the characters that can be written: neither halves of surrogate pairs nor the other control characters.
     */
    public static BitSet spellable() {
        BitSet all = new BitSet();
        all.set(FIRST_PRINTABLE, LAST + 1);
        all.clear(Character.MIN_SURROGATE, Character.MAX_SURROGATE + 1);
        ESCAPED.chars().forEach(all::set);
        return all;
    }

    /** Returns a text as a JSON string has it, without the quotes; characters without a short spelling by number. */
    public static byte[] of(String text) {
        StringBuilder spelled = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (ESCAPED.indexOf(c) >= 0) {
                spelled.append('\\').append(LETTERS.charAt(ESCAPED.indexOf(c)));
            } else if (c < FIRST_PRINTABLE) {
                spelled.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                spelled.append(c);
            }
        }
        return spelled.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Adds paths between two states, one for each of these characters. */
    public static void add(Nfa nfa, int from, BitSet characters, int to) {
        BitSet plain = (BitSet) characters.clone();
        plain.and(spellable());
        int escape = -1;
        for (int i = 0; i < ESCAPED.length(); i++) {
            if (plain.get(ESCAPED.charAt(i))) {
                plain.clear(ESCAPED.charAt(i));
                if (escape < 0) {
                    escape = nfa.state();
                    nfa.edge(from, '\\', '\\', escape);
                }
                nfa.edge(escape, LETTERS.charAt(i), LETTERS.charAt(i), to);
            }
        }
        for (int low = plain.nextSetBit(0); low >= 0; ) {
            int end = plain.nextClearBit(low);
            addUtf8(nfa, from, low, end - 1, to);
            low = plain.nextSetBit(end);
        }
    }

    /*
     * A range of characters is cut where the length of its encoding changes, then until in each piece all bytes but the
     * first that differs run through all their values; such a piece is one range of bytes at each place.
     */
    private static void addUtf8(Nfa nfa, int from, int low, int high, int to) {
        for (int last : LAST_OF_LENGTH) {
            if (low <= last && last < high) {
                addUtf8(nfa, from, low, last, to);
                addUtf8(nfa, from, last + 1, high, to);
                return;
            }
        }
        if (high > LAST_OF_LENGTH[0]) {
            for (int bits = BITS_OF_CONTINUATION; bits <= 3 * BITS_OF_CONTINUATION; bits += BITS_OF_CONTINUATION) {
                int mask = (1 << bits) - 1;
                if ((low & ~mask) != (high & ~mask)) {
                    if ((low & mask) != 0) {
                        addUtf8(nfa, from, low, low | mask, to);
                        addUtf8(nfa, from, (low | mask) + 1, high, to);
                        return;
                    }
                    if ((high & mask) != mask) {
                        addUtf8(nfa, from, low, (high & ~mask) - 1, to);
                        addUtf8(nfa, from, high & ~mask, high, to);
                        return;
                    }
                }
            }
        }
        byte[] first = Character.toString(low).getBytes(StandardCharsets.UTF_8);
        byte[] last = Character.toString(high).getBytes(StandardCharsets.UTF_8);
        int[] pairs = new int[2 * first.length];
        for (int i = 0; i < first.length; i++) {
            pairs[2 * i] = first[i] & 0xff;
            pairs[2 * i + 1] = last[i] & 0xff;
        }
        nfa.ranges(from, pairs, to);
    }

    /** Adds paths for characters by number, such as {@code \}{@code u00e9}; two numbers for one beyond U+FFFF. */
    public static void addNumbers(Nfa nfa, int from, int to) {
        int number = nfa.state();
        nfa.ranges(from, new int[] {'\\', '\\', 'u', 'u'}, number);
        int after1 = nfa.state();
        int after2 = nfa.state();
        int after3 = nfa.state();
        digits(nfa, number, "0123456789abcefABCEF", after1);
        hex(nfa, after1, after2);
        hex(nfa, after2, after3);
        hex(nfa, after3, to);
        int d = nfa.state();
        digits(nfa, number, "dD", d);
        digits(nfa, d, "01234567", after2);
        int high1 = nfa.state();
        int high2 = nfa.state();
        int high3 = nfa.state();
        digits(nfa, d, "89abAB", high1);
        hex(nfa, high1, high2);
        hex(nfa, high2, high3);
        int low = nfa.state();
        nfa.ranges(high3, new int[] {'\\', '\\', 'u', 'u'}, low);
        int low1 = nfa.state();
        digits(nfa, low, "dD", low1);
        digits(nfa, low1, "cdefCDEF", after2);
    }

    private static void hex(Nfa nfa, int from, int to) {
        digits(nfa, from, "0123456789abcdefABCDEF", to);
    }

    private static void digits(Nfa nfa, int from, String digits, int to) {
        digits.chars().forEach(digit -> nfa.edge(from, digit, digit, to));
    }
}
