package dev.sublinear.engine.constraint.regex;

import dev.sublinear.engine.constraint.automaton.Spelling;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Reads the patterns of JSON Schema, which are those of ECMA-262, as far as they describe regular languages: no
 * back-references, no looking around, no word boundaries. As there, a pattern without anchors may match anywhere.
 *
 * <p>Libraries differ in white space. Here {@code \s} is what all count as white space, and {@code \S} what none does.
 */
public final class RegexParser {
    private static final int LONGEST = 4_096;
    private static final int DEEPEST = 64;
    private static final int MOST_REPEATED = 10_000;
    private static final String NARROW_SPACE = " \t\n\f\r";
    private static final String WIDE_SPACE =
            NARROW_SPACE + "\u000b\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff";
    private static final int[] MORE_SPACES = {0x2000, 0x200a};
    private static final String LINE_ENDS = "\n\r\u0085\u2028\u2029";

    private final String pattern;
    private int at;
    private int depth;

    private RegexParser(String pattern) {
        this.pattern = pattern;
    }

    /**
     * Reads a pattern.
     *
     * @throws RegexException saying what is not supported, and where
     */
    public static Regex parse(String pattern) throws RegexException {
        if (pattern.length() > LONGEST) {
            throw new RegexException("must have at most " + LONGEST + " characters, has " + pattern.length(), LONGEST);
        }
        RegexParser parser = new RegexParser(pattern);
        List<Regex> branches = new ArrayList<>();
        do {
            branches.add(parser.anchored());
        } while (parser.skip('|'));
        if (parser.at < pattern.length()) {
            throw parser.refuse("has a ) without its (");
        }
        return either(branches);
    }

    /** Reads a branch of the whole pattern: where it is not anchored, anything may come before or after. */
    private Regex anchored() throws RegexException {
        List<Regex> parts = new ArrayList<>();
        if (!skip('^')) {
            parts.add(Regex.anything());
        }
        parts.add(sequence());
        if (!skip('$')) {
            parts.add(Regex.anything());
        } else if (at < pattern.length() && peek() != '|' && peek() != ')') {
            throw refuse("may have $ at the end of its branches only");
        }
        return new Regex.Sequence(parts);
    }

    private static Regex either(List<Regex> branches) {
        return branches.size() == 1 ? branches.get(0) : new Regex.Either(branches);
    }

    private Regex sequence() throws RegexException {
        List<Regex> parts = new ArrayList<>();
        while (at < pattern.length() && "|)$".indexOf(peek()) < 0) {
            parts.add(repeated());
        }
        return new Regex.Sequence(parts);
    }

    private Regex repeated() throws RegexException {
        Regex part = atom();
        int begin = at;
        if (at == pattern.length()) {
            return part;
        }
        Regex repeated = switch (peek()) {
            case '*' -> times(part, 0, Regex.Repeated.UNLIMITED);
            case '+' -> times(part, 1, Regex.Repeated.UNLIMITED);
            case '?' -> times(part, 0, 1);
            case '{' -> counted(part);
            default -> part;
        };
        if (at > begin) {
            skip('?'); // which of several matches is taken does not matter
            if (at < pattern.length() && "*+?{".indexOf(peek()) >= 0) {
                throw refuse("has a quantifier after a quantifier");
            }
        }
        return repeated;
    }

    private Regex times(Regex part, int least, int most) {
        at++;
        return new Regex.Repeated(part, least, most);
    }

    private Regex counted(Regex part) throws RegexException {
        at++;
        int least = number();
        int most = least;
        if (skip(',')) {
            most = at < pattern.length() && peek() != '}' ? number() : Regex.Repeated.UNLIMITED;
        }
        if (!skip('}')) {
            throw refuse("has a { that is no quantifier");
        }
        if (most < least) {
            throw refuse("has a quantifier whose limits are the wrong way round");
        }
        return new Regex.Repeated(part, least, most);
    }

    private int number() throws RegexException {
        int begin = at;
        int number = 0;
        while (at < pattern.length() && peek() >= '0' && peek() <= '9') {
            number = 10 * number + peek() - '0';
            at++;
            if (number > MOST_REPEATED) {
                throw refuse("must repeat at most " + MOST_REPEATED + " times");
            }
        }
        if (at == begin) {
            throw refuse("has a { that is no quantifier");
        }
        return number;
    }

    private Regex atom() throws RegexException {
        return switch (peek()) {
            case '(' -> group();
            case '[' -> new Regex.Chars(characterClass());
            case '.' -> {
                at++;
                yield new Regex.Chars(complement(of(LINE_ENDS)));
            }
            case '\\' -> {
                at++;
                yield new Regex.Chars(escape(false));
            }
            case '^' -> throw refuse("may have ^ at the beginning of its branches only");
            case '*', '+', '?', '{' -> throw refuse("has a quantifier after nothing");
            default -> new Regex.Chars(single(character()));
        };
    }

    private Regex group() throws RegexException {
        at++;
        if (skip('?')) {
            if (pattern.startsWith("<", at) && !pattern.startsWith("<=", at) && !pattern.startsWith("<!", at)) {
                at = pattern.indexOf('>', at) + 1;
                if (at == 0) {
                    throw new RegexException("has a group whose name does not end", pattern.length());
                }
            } else if (!skip(':')) {
                throw refuse("must not look around, nor have flags");
            }
        }
        if (++depth > DEEPEST) {
            throw refuse("must have at most " + DEEPEST + " groups in each other");
        }
        List<Regex> branches = new ArrayList<>();
        do {
            branches.add(sequence());
        } while (skip('|'));
        if (at < pattern.length() && peek() == '$') {
            throw refuse("may have $ at the end of its branches only, not in a group");
        }
        if (!skip(')')) {
            throw refuse("has a ( without its )");
        }
        depth--;
        return either(branches);
    }

    private BitSet characterClass() throws RegexException {
        at++;
        boolean negated = skip('^');
        BitSet members = new BitSet();
        while (true) {
            if (at >= pattern.length()) {
                throw refuse("has a [ without its ]");
            }
            if (skip(']')) {
                return negated ? complement(members) : members;
            }
            if (pattern.startsWith("[", at) || pattern.startsWith("&&", at)) {
                throw refuse("must write [ and && in a class with a backslash, as libraries read them differently");
            }
            BitSet low = member(negated);
            if (at + 1 < pattern.length() && peek() == '-' && pattern.charAt(at + 1) != ']') {
                at++;
                BitSet high = member(negated);
                if (low.cardinality() != 1 || high.cardinality() != 1 || low.nextSetBit(0) > high.nextSetBit(0)) {
                    throw refuse("has a range in a class that is none");
                }
                low.set(low.nextSetBit(0), high.nextSetBit(0) + 1);
            }
            members.or(low);
        }
    }

    private BitSet member(boolean negated) throws RegexException {
        if (skip('\\')) {
            return skip('b') ? single('\b') : escape(negated);
        }
        if (at >= pattern.length()) {
            throw refuse("has a [ without its ]");
        }
        return single(character());
    }

    /**
     * Reads the characters after a backslash.
     *
     * @param wide whether white space is what some library counts as such, rather than what all do
     */
    private BitSet escape(boolean wide) throws RegexException {
        if (at >= pattern.length()) {
            throw refuse("ends with a backslash");
        }
        char c = pattern.charAt(at++);
        return switch (c) {
            case 'd' -> range('0', '9');
            case 'D' -> complement(range('0', '9'));
            case 'w' -> word();
            case 'W' -> complement(word());
            case 's' -> space(wide);
            case 'S' -> complement(space(!wide));
            case 'n' -> single('\n');
            case 'r' -> single('\r');
            case 't' -> single('\t');
            case 'f' -> single('\f');
            case 'v' -> single('\u000b');
            case 'u' -> single(hex(4));
            case 'x' -> single(hex(2));
            default -> {
                if (Character.isLetterOrDigit(c)) {
                    at--;
                    throw refuse("has \\" + c + ", which is not supported");
                }
                at--;
                yield single(character());
            }
        };
    }

    private int hex(int digits) throws RegexException {
        if (at + digits > pattern.length()
                || !pattern.substring(at, at + digits).chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 0x80)) {
            throw refuse("has an escape without its " + digits + " hexadecimal digits");
        }
        int code = Integer.parseInt(pattern, at, at + digits, 16);
        at += digits;
        return code;
    }

    private static BitSet word() {
        BitSet word = range('a', 'z');
        word.or(range('A', 'Z'));
        word.or(range('0', '9'));
        word.set('_');
        return word;
    }

    private static BitSet space(boolean wide) {
        BitSet space = of(wide ? WIDE_SPACE : NARROW_SPACE);
        if (wide) {
            space.set(MORE_SPACES[0], MORE_SPACES[1] + 1);
        }
        return space;
    }

    private static BitSet of(String characters) {
        BitSet set = new BitSet();
        characters.codePoints().forEach(set::set);
        return set;
    }

    private static BitSet range(int low, int high) {
        BitSet set = new BitSet();
        set.set(low, high + 1);
        return set;
    }

    private static BitSet single(int c) {
        return range(c, c);
    }

    private static BitSet complement(BitSet characters) {
        BitSet others = Spelling.spellable();
        others.andNot(characters);
        return others;
    }

    private int character() {
        int c = pattern.codePointAt(at);
        at += Character.charCount(c);
        return c;
    }

    private char peek() {
        return pattern.charAt(at);
    }

    private boolean skip(char c) {
        boolean here = at < pattern.length() && peek() == c;
        at += here ? 1 : 0;
        return here;
    }

    private RegexException refuse(String rule) {
        return new RegexException(rule, at);
    }
}
