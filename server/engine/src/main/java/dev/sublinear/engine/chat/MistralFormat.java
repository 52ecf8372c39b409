package dev.sublinear.engine.chat;

import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.Tool;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A name and an object behind control tokens, as Mistral writes it since Small 2503: {@code [TOOL_CALLS]name[ARGS]{…}},
 * once for each call, in between perhaps {@code [CALL_ID]id}. See <a
 * href="https://github.com/mistralai/mistral-common">mistral-common</a>, instruct tokenizers v11 and v13.
 */
record MistralFormat() implements ToolFormat {
    private static final String OPENING = "[TOOL_CALLS]";
    private static final String CALL_ID = "[CALL_ID]";
    private static final String ARGS = "[ARGS]";
    private static final Pattern HEAD = Pattern.compile(Pattern.quote(OPENING) + "\\s*([A-Za-z0-9_.-]{1,64})(?:"
            + Pattern.quote(CALL_ID) + "[A-Za-z0-9]{1,64})?" + Pattern.quote(ARGS) + "\\s*");
    /** What may yet become a head: nothing in it but a name, an id and marks that are being written. */
    private static final Pattern BEGUN = Pattern.compile(Pattern.quote(OPENING)
            + "\\s*[A-Za-z0-9_.-]{0,64}(?:\\[[A-Z_]{0,7}]?[A-Za-z0-9]{0,64})?(?:\\[[A-Z]{0,4}]?\\s*)?");

    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int ID_LENGTH = 9;

    static Optional<ToolFormat> in(String rendered, String function) {
        return rendered.contains(OPENING + function) ? Optional.of(new MistralFormat()) : Optional.empty();
    }

    @Override
    public List<String> openings() {
        return List.of(OPENING);
    }

    @Override
    public List<String> markers() {
        return List.of(OPENING, CALL_ID, ARGS);
    }

    @Override
    public Reading read(String text, Callable callable) {
        return named(text, callable);
    }

    static Reading named(String text, Callable callable) {
        Matcher head = HEAD.matcher(text);
        if (!head.lookingAt() || head.end() == text.length()) {
            return BEGUN.matcher(text).matches() ? Reading.UNCLEAR : Reading.NO_CALL;
        }
        if (text.charAt(head.end()) != '{') {
            return Reading.NO_CALL;
        }
        OptionalInt end = JsonText.end(text, head.end());
        if (end.isEmpty()) {
            return Reading.UNCLEAR;
        }
        Optional<Call> call = callable.call(head.group(1), text.substring(head.end(), end.getAsInt()));
        return call.<Reading>map(one -> new Reading.Calls(List.of(one), end.getAsInt()))
                .orElse(Reading.NO_CALL);
    }

    @Override
    public Part call(Tool tool, String pointer) {
        return Part.of(
                new Part.Marker(OPENING),
                new Part.Literal(tool.name()),
                new Part.Marker(ARGS),
                new Part.Json(tool.parameters(), pointer));
    }

    @Override
    public String newId() {
        return nineCharacters();
    }

    /** Mistral's templates take no other ids. */
    static String nineCharacters() {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < ID_LENGTH; i++) {
            id.append(LETTERS.charAt(ThreadLocalRandom.current().nextInt(LETTERS.length())));
        }
        return id.toString();
    }
}
