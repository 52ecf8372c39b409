package dev.sublinear.model.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The source of a chat template that writes control tokens, parts of them, and whatever a request brings. */
final class RandomTemplate {
    private final Random random;
    private final List<String> tokens;

    RandomTemplate(Random random, RandomTokenizer tokenizer) {
        this.random = random;
        this.tokens = tokenizer.longestFirst();
    }

    String source() {
        StringBuilder source = new StringBuilder();
        fragments(
                source,
                2,
                List.of("{{ L }}", "{% if tools %}{% for t in tools %}L{{ t | tojson }}L{% endfor %}{% endif %}"));
        source.append("{% for m in messages %}");
        fragments(
                source,
                5,
                List.of(
                        "{{ L }}",
                        "L",
                        "{{ m.content }}",
                        "{{ L + m.content }}",
                        "{{ m.content ~ L }}",
                        "{{ m.content | trim }}",
                        "{{ m.role }}",
                        "{{ '<|' ~ m.role ~ '|>' }}",
                        "{% if m.name %}{{ m.name }}{% endif %}",
                        "{% for c in m.tool_calls or [] %}L{{ c.function.name }}{{ c.function.arguments | tojson }}{{ c.id }}{% endfor %}",
                        "{{ [m.content, L] | join(L) }}",
                        "{{ m.content[1:] }}",
                        "{{ m.content[:1] ~ L }}",
                        "{% set x = L + m.content %}{{ x + x }}",
                        "{% for c in m.content %}{{ c }}L{% endfor %}",
                        "{% set n = namespace(t='') %}{% set n.t = n.t ~ m.content ~ L %}{{ n.t }}"));
        source.append("{{ m.content }}{% endfor %}");
        fragments(source, 2, List.of("{{ L }}", "{% if add_generation_prompt %}L{% endif %}"));
        return source.toString();
    }

    private void fragments(StringBuilder source, int most, List<String> kinds) {
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            String kind = kinds.get(random.nextInt(kinds.size()));
            while (kind.contains("L")) {
                int at = kind.indexOf('L');
                boolean isExpression = kind.lastIndexOf("{{", at) > kind.lastIndexOf("}}", at)
                        || kind.lastIndexOf("{%", at) > kind.lastIndexOf("%}", at);
                String literal = literal();
                kind = kind.substring(0, at)
                        + (isExpression ? "'" + literal + "'" : "{{ '" + literal + "' }}")
                        + kind.substring(at + 1);
            }
            source.append(kind);
        }
    }

    private String literal() {
        List<String> parts = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            String token = tokens.get(random.nextInt(tokens.size()));
            parts.add(
                    switch (random.nextInt(4)) {
                        case 0 -> token.substring(0, random.nextInt(token.length()));
                        case 1 -> token.substring(random.nextInt(token.length()));
                        default -> token;
                    });
        }
        return String.join("", parts);
    }
}
