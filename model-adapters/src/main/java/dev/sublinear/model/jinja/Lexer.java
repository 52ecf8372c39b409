package dev.sublinear.model.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens, with the white space that transformers asks of jinja2: {@code trim_blocks} drops the line
 * end after a tag, {@code lstrip_blocks} the blanks before a tag that begins its line.
 */
final class Lexer {
    enum Kind {
        /** The text between tags. */
        DATA,
        /** Two braces, which open an expression to print. */
        PRINT_BEGIN,
        PRINT_END,
        TAG_BEGIN,
        TAG_END,
        NAME,
        STRING,
        INTEGER,
        DECIMAL,
        OPERATOR,
        END
    }

    /** One token; {@code text} is its source, for a string without quotes and escapes. */
    record Token(Kind kind, String text, int line) {
        boolean is(String operator) {
            return kind == Kind.OPERATOR && text.equals(operator);
        }

        boolean named(String name) {
            return kind == Kind.NAME && text.equals(name);
        }
    }

    private static final Pattern INSIDE = Pattern.compile("(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)"
            + "|(?<decimal>\\d[\\d_]*(\\.\\d+([eE][+-]?\\d+)?|[eE][+-]?\\d+))"
            + "|(?<integer>\\d[\\d_]*)"
            + "|(?<operator>\\*\\*|//|==|!=|<=|>=|[-+*/%~<>=()\\[\\]{}|.,:;])");
    private static final Pattern ENDRAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");
    private static final Pattern RAW = Pattern.compile("\\s*raw\\s*([-+]?)%\\}");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    /** Whether the last tag ended with a minus, which drops the white space after it. */
    private boolean stripNext;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String source) {
        String lines = source.replace("\r\n", "\n").replace('\r', '\n');
        return new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines).all();
    }

    private List<Token> all() {
        while (at < source.length()) {
            int begin = nextTag();
            data(at, begin);
            if (begin < source.length()) {
                tag(source.charAt(begin + 1));
            }
        }
        add(Kind.END, "");
        return tokens;
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return source.length();
    }

    /** Adds the text before a tag, without the white space that the tags on both sides drop, and moves to the tag. */
    private void data(int from, int to) {
        int start = from;
        int end = to;
        if (stripNext) {
            while (start < end && Character.isWhitespace(source.charAt(start))) {
                start++;
            }
        }
        char sign = to + 2 < source.length() ? source.charAt(to + 2) : ' ';
        boolean prints = to + 1 < source.length() && source.charAt(to + 1) == '{';
        if (to < source.length() && sign == '-') {
            while (end > start && Character.isWhitespace(source.charAt(end - 1))) {
                end--;
            }
        } else if (to < source.length() && sign != '+' && !prints) {
            int blank = end;
            while (blank > from && isBlank(source.charAt(blank - 1))) {
                blank--;
            }
            if (blank == 0 || source.charAt(blank - 1) == '\n') {
                end = Math.max(start, blank);
            }
        }
        if (end > start) {
            add(Kind.DATA, source.substring(start, end));
        }
        advance(to);
        stripNext = false;
    }

    private static boolean isBlank(char c) {
        return c != '\n' && Character.isWhitespace(c);
    }

    private void tag(char kind) {
        int open = line;
        advance(at + 2);
        boolean signed = at < source.length() && (source.charAt(at) == '-' || source.charAt(at) == '+');
        switch (kind) {
            case '#' -> {
                int close = source.indexOf("#}", at);
                if (close < 0) {
                    throw new TemplateException("a comment is not closed").at(open);
                }
                stripNext = close > at && source.charAt(close - 1) == '-';
                boolean kept = close > at && source.charAt(close - 1) == '+';
                advance(close + 2);
                dropLineEnd(kept);
            }
            case '%' -> {
                advance(at + (signed ? 1 : 0));
                Matcher raw = RAW.matcher(source).region(at, source.length());
                if (raw.lookingAt()) {
                    raw(raw);
                } else {
                    add(Kind.TAG_BEGIN, "");
                    inside("%}", Kind.TAG_END, open);
                }
            }
            default -> {
                advance(at + (signed ? 1 : 0));
                add(Kind.PRINT_BEGIN, "");
                inside("}}", Kind.PRINT_END, open);
            }
        }
    }

    private void raw(Matcher begin) {
        int open = line;
        stripNext = begin.group(1).equals("-");
        advance(begin.end());
        dropLineEnd(begin.group(1).equals("+"));
        Matcher end = ENDRAW.matcher(source).region(at, source.length());
        if (!end.find()) {
            throw new TemplateException("raw is not closed by endraw").at(open);
        }
        data(at, end.start());
        advance(end.end());
        stripNext = end.group(2).equals("-");
        dropLineEnd(end.group(2).equals("+"));
    }

    private void dropLineEnd(boolean kept) {
        if (!kept && at < source.length() && source.charAt(at) == '\n') {
            advance(at + 1);
        }
    }

    /** Adds the tokens of a tag up to its end, where no bracket is open. */
    private void inside(String close, Kind end, int open) {
        int brackets = 0;
        while (true) {
            while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
                advance(at + 1);
            }
            if (at >= source.length()) {
                throw new TemplateException("a tag is not closed by " + close).at(open);
            }
            if (brackets == 0) {
                boolean signed = "-+".indexOf(source.charAt(at)) >= 0;
                int mark = signed ? at + 1 : at;
                if (source.startsWith(close, mark)) {
                    stripNext = source.charAt(at) == '-';
                    boolean kept = source.charAt(at) == '+';
                    add(end, "");
                    advance(mark + close.length());
                    if (end == Kind.TAG_END) {
                        dropLineEnd(kept);
                    }
                    return;
                }
            }
            brackets += token();
        }
    }

    /** Adds one token; returns 1 if it opens a bracket, -1 if it closes one, else 0. */
    private int token() {
        char c = source.charAt(at);
        if (c == '\'' || c == '"') {
            string(c);
            return 0;
        }
        Matcher matcher = INSIDE.matcher(source).region(at, source.length());
        if (!matcher.lookingAt()) {
            throw new TemplateException("a tag must not contain the character " + (int) c).at(line);
        }
        String text = matcher.group();
        if (matcher.group("name") != null) {
            add(Kind.NAME, text);
        } else if (matcher.group("decimal") != null) {
            add(Kind.DECIMAL, text.replace("_", ""));
        } else if (matcher.group("integer") != null) {
            add(Kind.INTEGER, text.replace("_", ""));
        } else {
            add(Kind.OPERATOR, text);
        }
        advance(matcher.end());
        return "([{".contains(text) ? 1 : ")]}".contains(text) ? -1 : 0;
    }

    private void string(char quote) {
        StringBuilder text = new StringBuilder();
        int i = at + 1;
        while (i < source.length() && source.charAt(i) != quote) {
            if (source.charAt(i) == '\\' && i + 1 < source.length()) {
                i = escape(i + 1, text);
            } else {
                text.append(source.charAt(i++));
            }
        }
        if (i >= source.length()) {
            throw new TemplateException("a text is not closed by " + quote).at(line);
        }
        add(Kind.STRING, text.toString());
        advance(i + 1);
    }

    /** Python's escapes. */
    private int escape(int i, StringBuilder text) {
        char c = source.charAt(i);
        switch (c) {
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case 'r' -> text.append('\r');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case 'a' -> text.append('\u0007');
            case 'v' -> text.append('\u000b');
            case '0' -> text.append('\0');
            case '\\', '\'', '"' -> text.append(c);
            case '\n' -> {}
            case 'x' -> {
                return codePoint(i + 1, 2, text);
            }
            case 'u' -> {
                return codePoint(i + 1, 4, text);
            }
            case 'U' -> {
                return codePoint(i + 1, 8, text);
            }
            default -> text.append('\\').append(c);
        }
        return i + 1;
    }

    private int codePoint(int from, int digits, StringBuilder text) {
        try {
            text.appendCodePoint(Integer.parseInt(source, from, from + digits, 16));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new TemplateException("an escape must have " + digits + " hexadecimal digits").at(line);
        }
        return from + digits;
    }

    private void add(Kind kind, String text) {
        tokens.add(new Token(kind, text, line));
    }

    private void advance(int to) {
        for (int i = at; i < to; i++) {
            if (source.charAt(i) == '\n') {
                line++;
            }
        }
        at = to;
    }
}
