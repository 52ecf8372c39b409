package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Lexer.Kind;
import dev.sublinear.model.jinja.Lexer.Token;
import java.util.List;

/** The tokens of one template, read from the first to the last. Bounds how deep and how long the parsed tree can be. */
final class TokenReader {
    private static final int MAX_DEPTH = 64;
    /** Operators in a row: each is a level of recursion when it is evaluated. */
    private static final int MAX_CHAIN = 128;

    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenReader(List<Token> tokens) {
        this.tokens = tokens;
    }

    /** The next token, which stays the next. */
    Token peek() {
        return tokens.get(at);
    }

    /** The token after the next. */
    Token peekSecond() {
        return tokens.get(at + 1);
    }

    Token next() {
        Token token = peek();
        if (token.kind() == Kind.END) {
            throw refuse("it ends too early");
        }
        at++;
        return token;
    }

    /** Takes the next token if it is this operator; returns whether it was. */
    boolean takeOperator(String operator) {
        boolean found = peek().is(operator);
        at += found ? 1 : 0;
        return found;
    }

    /** Takes the next token if it is this name; returns whether it was. */
    boolean takeName(String name) {
        boolean found = peek().named(name);
        at += found ? 1 : 0;
        return found;
    }

    String name() {
        Token token = next();
        if (token.kind() != Kind.NAME) {
            throw refuse(token, "a name must stand here, was " + shown(token));
        }
        return token.text();
    }

    void operator(String operator) {
        Token token = next();
        if (!token.is(operator)) {
            throw refuse(token, operator + " must stand here, was " + shown(token));
        }
    }

    void closePrint() {
        close(Kind.PRINT_END, "}}");
    }

    void closeTag() {
        close(Kind.TAG_END, "%}");
    }

    private void close(Kind kind, String written) {
        Token token = next();
        if (token.kind() != kind) {
            throw refuse(token, written + " must stand here, was " + shown(token));
        }
    }

    /** Whether a tag that begins with this word comes next. */
    boolean atTag(String word) {
        return peek().kind() == Kind.TAG_BEGIN && peekSecond().named(word);
    }

    /** Takes the tag that begins with this word up to the word, if it comes next; returns whether it did. */
    boolean takeTag(String word) {
        boolean found = atTag(word);
        at += found ? 2 : 0;
        return found;
    }

    /** Notes that what is read now lies one level deeper than what was read before; {@link #leave} ends that. */
    void enter() {
        if (++depth > MAX_DEPTH) {
            throw refuse("it must not be nested more than " + MAX_DEPTH + " deep");
        }
    }

    void leave() {
        depth--;
    }

    void requireChain(int operators) {
        if (operators > MAX_CHAIN) {
            throw refuse("it must not have more than " + MAX_CHAIN + " operators in a row");
        }
    }

    /** A refusal at the line of the next token. */
    TemplateException refuse(String rule) {
        return refuse(peek(), rule);
    }

    static TemplateException refuse(Token token, String rule) {
        return new TemplateException(rule).at(token.line());
    }

    /** A token as a message quotes it. */
    static String shown(Token token) {
        return switch (token.kind()) {
            case TAG_END -> "the end of the tag";
            case PRINT_END -> "the end of the expression";
            case STRING -> "a text";
            default -> "\"" + (token.text().length() > 40 ? token.text().substring(0, 40) + "…" : token.text()) + "\"";
        };
    }
}
