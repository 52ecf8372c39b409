package dev.sublinear.engine.constraint.schema;

import dev.sublinear.engine.constraint.automaton.ByteClasses;
import dev.sublinear.engine.constraint.automaton.ByteMachine;
import dev.sublinear.engine.constraint.automaton.Dfa;
import dev.sublinear.engine.constraint.grammar.Node;
import dev.sublinear.engine.constraint.limits.CompileBudget;
import dev.sublinear.engine.constraint.limits.TooLargeException;
import dev.sublinear.engine.constraint.regex.RegexException;
import dev.sublinear.engine.constraint.regex.RegexParser;
import java.util.BitSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compiles strings: their length, pattern and format. */
final class StringRules {
    static final Set<String> KEYWORDS = Set.of("minLength", "maxLength", "pattern", StringFormats.KEYWORD);

    private StringRules() {}

    static Node compile(Schema schema, JsonGrammar json) {
        CompileBudget budget = json.grammar().budget();
        int least = schema.count("minLength").orElse(0);
        int most = schema.count("maxLength").orElse(Node.Repeat.UNLIMITED);
        if (most < least) {
            return json.grammar().nothing();
        }
        Optional<Dfa> texts = StringFormats.of(schema).map(format -> format.automaton(budget));
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
        return json.string(anyLength ? texts.get() : Dfa.of(new OfLength(texts.get(), least, most), budget));
    }

    private static Optional<Dfa> pattern(Schema schema, CompileBudget budget) {
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

    /** The texts of an automaton that have {@code least} to {@code most} characters. */
    private record OfLength(Dfa texts, int least, int most) implements ByteMachine<OfLength.Place> {
        /**
         * The characters that have been read.
         *
         * @param count characters that have begun, counted up to one more than is of interest
         * @param escaped whether the latest byte is a backslash that begins one
         */
        record Place(int state, int count, boolean escaped) {}

        @Override
        public Place start() {
            return new Place(texts.isEmpty() ? Dfa.DEAD : Dfa.START, 0, false);
        }

        @Override
        public @Nullable Place next(Place place, int b) {
            int state = place.state == Dfa.DEAD ? Dfa.DEAD : texts.next(place.state, b);
            boolean begins = !place.escaped && (b & 0xc0) != 0x80; // other bytes continue a character in UTF-8
            int count = begins ? place.count + 1 : place.count;
            if (state == Dfa.DEAD || count > most) {
                return null;
            }
            int counted = most == Node.Repeat.UNLIMITED ? Math.min(count, least) : count;
            return new Place(state, counted, begins && b == '\\');
        }

        @Override
        public boolean accepts(Place place) {
            return place.state != Dfa.DEAD && place.count >= least && texts.accepts(place.state);
        }

        @Override
        public ByteClasses classes() {
            BitSet firsts = new BitSet();
            firsts.set(0x80);
            firsts.set(0xc0);
            firsts.set('\\');
            firsts.set('\\' + 1);
            return texts.classes().and(new ByteClasses(firsts));
        }
    }
}
