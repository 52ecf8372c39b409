package dev.sublinear.server.http;

import dev.sublinear.server.constraint.ToolFormat;
import dev.sublinear.server.http.openai.ChatResponse.ToolCall;
import dev.sublinear.server.http.openai.Json;
import dev.sublinear.server.http.openai.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Tells what an assistant says from what it calls. Text that may be a call waits until that is clear; what turns out to
 * be none is text after all.
 */
final class ToolCallReader {
    private final ToolFormat format;
    private final Set<String> names;
    private final StringBuilder waiting = new StringBuilder();
    private final String opening;
    private final String closing;
    private boolean calling;
    private boolean spoken;

    /** What an answer ends with. */
    record Said(String text, List<ToolCall> calls) {}

    /** @param names of the tools that may be called; none for an answer that is all text */
    ToolCallReader(ToolFormat format, Set<String> names) {
        this.format = format;
        this.names = names;
        this.opening = format.before().strip();
        this.closing = format.after().strip();
    }

    /** Takes more of the answer, and returns what is certainly text. */
    String accept(String text) {
        if (names.isEmpty()) {
            return text;
        }
        waiting.append(text);
        if (calling) {
            return "";
        }
        return opening.isEmpty() ? beforeObject() : beforeOpening();
    }

    /** A bare object is a call only where nothing has been said before it. */
    private String beforeObject() {
        String soFar = waiting.toString();
        if (!spoken && (soFar.isBlank() || soFar.stripLeading().startsWith("{"))) {
            calling = !soFar.isBlank();
            return "";
        }
        spoken = true;
        return take(waiting.length());
    }

    private String beforeOpening() {
        int at = waiting.indexOf(opening);
        if (at >= 0) {
            calling = true;
            return take(at);
        }
        int safe = waiting.length();
        for (int length = Math.min(opening.length() - 1, safe); length > 0; length--) {
            if (opening.startsWith(waiting.substring(waiting.length() - length))) {
                safe = waiting.length() - length;
                break;
            }
        }
        return take(safe);
    }

    private String take(int length) {
        String taken = waiting.substring(0, length);
        waiting.delete(0, length);
        return taken;
    }

    /** The answer ends. */
    Said finish() {
        String rest = waiting.toString();
        if (calling) {
            List<ToolCall> calls = calls(rest);
            if (!calls.isEmpty()) {
                return new Said("", calls);
            }
        }
        return new Said(rest, List.of());
    }

    private List<ToolCall> calls(String text) {
        List<ToolCall> calls = new ArrayList<>();
        String[] parts = opening.isEmpty() ? new String[] {text} : text.split(Pattern.quote(opening), -1);
        for (String part : parts) {
            int end = closing.isEmpty() ? -1 : part.indexOf(closing);
            String json = (end < 0 ? part : part.substring(0, end)).strip();
            if (!json.isEmpty()) {
                Optional<ToolCall> call = call(json);
                if (call.isEmpty()) {
                    return List.of(); // half a call helps nobody: the client sees the text as it is
                }
                calls.add(call.get());
            }
        }
        return calls;
    }

    private Optional<ToolCall> call(String json) {
        Optional<JsonObject> object = Json.tryParse(json);
        Optional<String> name = object.flatMap(call -> call.text("name")).filter(names::contains);
        Optional<String> arguments = object.flatMap(call -> call.json(format.arguments()));
        if (name.isEmpty() || arguments.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                ToolCall.of("call_" + UUID.randomUUID().toString().replace("-", ""), name.get(), arguments.get()));
    }
}
