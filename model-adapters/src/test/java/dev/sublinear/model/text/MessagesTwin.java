package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * From messages to ids the obvious way: of added tokens at one place the longest counts, a control token only where a template
 * wrote all of it; what lies between them is merged from its bytes.
 */
final class MessagesTwin {
    private final RandomTokenizer tokenizer;
    private final ChatTemplate template;
    private final List<Integer> ids = new ArrayList<>();
    private final StringBuilder said = new StringBuilder();
    private final StringBuilder pending = new StringBuilder();

    MessagesTwin(RandomTokenizer tokenizer, ChatTemplate template) {
        this.tokenizer = tokenizer;
        this.template = template;
    }

    /** @throws ChatTemplateException as the template refuses the request */
    MessagesTwin read(List<Message> messages, List<ObjectNode> tools) {
        StringBuilder plain = new StringBuilder();
        BitSet given = new BitSet();
        template.render(MarkedRequest.messages(messages), MarkedRequest.tools(tools), true)
                .codePoints()
                .forEach(c -> {
                    int from = plain.length();
                    plain.appendCodePoint(c >= MarkedRequest.MARK ? c - MarkedRequest.MARK : c);
                    given.set(from, plain.length(), c >= MarkedRequest.MARK);
                });
        String text = plain.toString();
        for (int at = 0; at < text.length(); ) {
            at = next(text, at, given);
        }
        flush();
        return this;
    }

    private int next(String text, int at, BitSet given) {
        for (String token : tokenizer.longestFirst()) {
            int end = at + token.length();
            boolean isControl = tokenizer.control().containsKey(token);
            if (text.startsWith(token, at) && !(isControl && given.get(at, end).cardinality() > 0)) {
                flush();
                Map<String, Integer> known = isControl ? tokenizer.control() : tokenizer.found();
                ids.add(known.get(token));
                said.append(isControl ? "" : token);
                return end;
            }
        }
        pending.append(text.charAt(at));
        return at + 1;
    }

    private void flush() {
        ids.addAll(tokenizer.merged(pending.toString()));
        said.append(pending);
        pending.setLength(0);
    }

    int[] ids() {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    /** All but the control tokens. */
    String said() {
        return said.toString();
    }
}
