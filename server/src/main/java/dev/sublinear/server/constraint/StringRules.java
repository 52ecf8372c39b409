package dev.sublinear.server.constraint;

import java.util.Optional;
import java.util.Set;

/** Strings, by length, pattern and format. */
final class StringRules {
    static final Set<String> KEYWORDS = Set.of("minLength", "maxLength", "pattern", "format");

    private StringRules() {}

    static Node compile(Schema schema, JsonGrammar json) {
        Budget budget = json.grammar().budget();
        int least = schema.count("minLength").orElse(0);
        int most = schema.count("maxLength").orElse(Node.Repeat.UNLIMITED);
        if (most < least) {
            return json.grammar().nothing();
        }
        Optional<Dfa> texts = format(schema, budget);
        Optional<Dfa> pattern = pattern(schema, budget);
        if (texts.isPresent() && pattern.isPresent()) {
            texts = Optional.of(texts.get().and(pattern.get(), budget));
        } else {
            texts = texts.or(() -> pattern);
        }
        if (texts.isEmpty()) {
            return json.string(least, most);
        }
        boolean anyLength = least == 0 && most == Node.Repeat.UNLIMITED;
        return json.string(
                anyLength
                        ? texts.get()
                        : texts.get().and(Regex.ofLength(least, most).automaton(budget), budget));
    }

    private static Optional<Dfa> format(Schema schema, Budget budget) {
        return schema.text("format")
                .map(name -> Formats.named(name)
                        .orElseThrow(() -> schema.at("format").refuse("must be one of " + Formats.names()))
                        .automaton(budget));
    }

    private static Optional<Dfa> pattern(Schema schema, Budget budget) {
        return schema.text("pattern").map(pattern -> {
            Schema at = schema.at("pattern");
            try {
                return RegexParser.parse(pattern).automaton(budget);
            } catch (RegexException e) {
                throw at.refuse(e.rule());
            } catch (TooLargeException e) {
                throw at.refuse(e.rule());
            }
        });
    }
}
