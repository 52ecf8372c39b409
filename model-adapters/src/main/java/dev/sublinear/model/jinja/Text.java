package dev.sublinear.model.jinja;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;

/**
 * Characters, each either written by the template or given by a request. Two texts are equal if their characters are,
 * regardless of who wrote them.
 */
public final class Text implements Comparable<Text> {
    static final Text EMPTY = written("");
    private final String characters;
    /** Indices of the characters that were given. Never changed. */
    private final BitSet given;

    private Text(String characters, BitSet given) {
        this.characters = characters;
        this.given = given;
    }

    /** Text of the template or of the checkpoint: it may name control tokens. */
    public static Text written(String characters) {
        return new Text(characters, new BitSet());
    }

    /** Text of a request: it never names a control token. */
    public static Text given(String characters) {
        BitSet all = new BitSet(characters.length());
        all.set(0, characters.length());
        return new Text(characters, all);
    }

    /** As Python's str.isspace, which also counts the separators 28 to 31 and no-break spaces. */
    static boolean isSpace(int c) {
        boolean wide = c > 0xff && (Character.isWhitespace(c) || Character.isSpaceChar(c));
        return (c >= 9 && c <= 13) || (c >= 28 && c <= 32) || c == 0x85 || c == 0xa0 || wide;
    }

    /** Whether a request gave any of the characters in [from, to). */
    public boolean isGiven(int from, int to) {
        int first = given.nextSetBit(from);
        return first >= 0 && first < to;
    }

    boolean isGiven() {
        return !given.isEmpty();
    }

    /** A text made from this one: all of it is given if any of this is, since nobody can tell which. */
    Text as(String changed) {
        return isGiven() ? given(changed) : written(changed);
    }

    /** A changed text, each character given or not as before; if the length changes, as {@link #as}. */
    Text mapped(UnaryOperator<String> change) {
        String changed = change.apply(characters);
        return changed.length() == characters.length() ? new Text(changed, given) : as(changed);
    }

    /** The length in UTF-16 units. */
    int units() {
        return characters.length();
    }

    /** The length in characters, as Python counts them. */
    int length() {
        return characters.codePointCount(0, characters.length());
    }

    /** The UTF-16 index of a character. */
    private int unit(int character) {
        return characters.offsetByCodePoints(0, character);
    }

    /** The part between two characters, counted as Python does. */
    Text slice(int from, int to) {
        return units(unit(from), unit(to));
    }

    /** The part before a UTF-16 unit. */
    public Text before(int unit) {
        return units(0, unit);
    }

    private Text units(int from, int to) {
        return new Text(characters.substring(from, to), given.get(from, to));
    }

    List<Text> letters() {
        List<Text> letters = new ArrayList<>();
        for (int at = 0; at < characters.length(); ) {
            int end = characters.offsetByCodePoints(at, 1);
            letters.add(units(at, end));
            at = end;
        }
        return letters;
    }

    Text plus(Text other) {
        return new Builder().append(this).append(other).build();
    }

    Text times(int count) {
        Builder builder = new Builder();
        for (int i = 0; i < count; i++) {
            builder.append(this);
        }
        return builder.build();
    }

    boolean contains(Text other) {
        return characters.contains(other.characters);
    }

    /** The index of the first {@code other}, in characters; -1 for none. */
    int indexOf(Text other) {
        return inCharacters(characters.indexOf(other.characters));
    }

    int lastIndexOf(Text other) {
        return inCharacters(characters.lastIndexOf(other.characters));
    }

    private int inCharacters(int unit) {
        return unit < 0 ? -1 : characters.codePointCount(0, unit);
    }

    int count(Text other) {
        return split(other, Integer.MAX_VALUE).size() - 1;
    }

    boolean startsWith(Text other) {
        return characters.startsWith(other.characters);
    }

    boolean endsWith(Text other) {
        return characters.endsWith(other.characters);
    }

    Text replace(Text old, Text by, int most) {
        if (old.characters.isEmpty()) {
            throw new TemplateException("replace must have something to replace, had an empty text");
        }
        return join(by, split(old, most));
    }

    static Text join(Text between, List<Text> parts) {
        Builder builder = new Builder();
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0) {
                builder.append(between);
            }
            builder.append(parts.get(i));
        }
        return builder.build();
    }

    /** The parts around the first {@code most} separators. */
    List<Text> split(Text separator, int most) {
        if (separator.characters.isEmpty()) {
            throw new TemplateException("split must have a separator, had an empty text");
        }
        List<Text> parts = new ArrayList<>();
        int at = 0;
        for (int place = 0; place >= 0 && parts.size() < most; ) {
            place = characters.indexOf(separator.characters, at);
            if (place >= 0) {
                parts.add(units(at, place));
                at = place + separator.characters.length();
            }
        }
        parts.add(units(at, characters.length()));
        return parts;
    }

    /** The parts around the last {@code most} separators, which are found from the end. */
    List<Text> splitFromEnd(Text separator, int most) {
        int length = separator.characters.length();
        if (length == 0) {
            throw new TemplateException("rsplit must have a separator, had an empty text");
        }
        List<Text> parts = new ArrayList<>(); // the last first
        int end = characters.length();
        for (int place = 0; place >= 0 && parts.size() < most; ) {
            place = characters.lastIndexOf(separator.characters, end - length);
            if (place >= 0) {
                parts.add(units(place + length, end));
                end = place;
            }
        }
        parts.add(units(0, end));
        Collections.reverse(parts);
        return parts;
    }

    /** The parts between runs of white space, none of them empty. */
    List<Text> words() {
        List<Text> words = new ArrayList<>();
        int at = 0;
        while (at < characters.length()) {
            int end = at;
            while (end < characters.length() && !isSpace(characters.charAt(end))) {
                end++;
            }
            if (end > at) {
                words.add(units(at, end));
            }
            at = end + 1;
        }
        return words;
    }

    List<Text> lines() {
        List<Text> lines = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < characters.length(); i++) {
            char c = characters.charAt(i);
            if (c == '\n' || c == '\r') {
                lines.add(units(at, i));
                boolean pair = c == '\r' && i + 1 < characters.length() && characters.charAt(i + 1) == '\n';
                i += pair ? 1 : 0;
                at = i + 1;
            }
        }
        if (at < characters.length()) {
            lines.add(units(at, characters.length()));
        }
        return lines;
    }

    Text strip() {
        return stripLeft(Text::isSpace).stripRight(Text::isSpace);
    }

    Text stripLeft() {
        return stripLeft(Text::isSpace);
    }

    Text stripRight() {
        return stripRight(Text::isSpace);
    }

    /** The text without the characters of {@code set} at its beginning. */
    Text stripLeft(Text set) {
        return stripLeft(c -> set.characters.indexOf(c) >= 0);
    }

    Text stripRight(Text set) {
        return stripRight(c -> set.characters.indexOf(c) >= 0);
    }

    private Text stripLeft(IntPredicate dropped) {
        int at = 0;
        while (at < characters.length() && dropped.test(characters.codePointAt(at))) {
            at += Character.charCount(characters.codePointAt(at));
        }
        return units(at, characters.length());
    }

    private Text stripRight(IntPredicate dropped) {
        int end = characters.length();
        while (end > 0 && dropped.test(characters.codePointBefore(end))) {
            end -= Character.charCount(characters.codePointBefore(end));
        }
        return units(0, end);
    }

    @Override
    public int compareTo(Text other) {
        return characters.compareTo(other.characters);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Text text && text.characters.equals(characters);
    }

    @Override
    public int hashCode() {
        return characters.hashCode();
    }

    @Override
    public String toString() {
        return characters;
    }

    /** Puts texts one after another. */
    static final class Builder {
        private final StringBuilder characters = new StringBuilder();
        private final BitSet given = new BitSet();

        Builder append(Text text) {
            int shift = characters.length();
            for (int from = text.given.nextSetBit(0); from >= 0; ) {
                int to = text.given.nextClearBit(from);
                given.set(shift + from, shift + to);
                from = text.given.nextSetBit(to);
            }
            characters.append(text.characters);
            return this;
        }

        Builder append(String written) {
            characters.append(written);
            return this;
        }

        int units() {
            return characters.length();
        }

        Text build() {
            return new Text(characters.toString(), (BitSet) given.clone());
        }
    }
}
