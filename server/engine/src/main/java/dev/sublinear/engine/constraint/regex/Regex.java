package dev.sublinear.engine.constraint.regex;

import dev.sublinear.engine.constraint.automaton.Dfa;
import dev.sublinear.engine.constraint.automaton.Nfa;
import dev.sublinear.engine.constraint.automaton.Spelling;
import dev.sublinear.engine.constraint.limits.CompileBudget;
import java.util.BitSet;
import java.util.List;

/** A parsed regular expression. {@link RegexParser} makes it from a text. */
public sealed interface Regex {

    /** Adds paths from a state for the texts of this; returns the state in which they end. */
    int emit(Nfa nfa, int from);

    /** One of these characters. */
    record Chars(BitSet characters) implements Regex {
        @Override
        public int emit(Nfa nfa, int from) {
            int to = nfa.state();
            Spelling.add(nfa, from, characters, to);
            return to;
        }
    }

    /** Parts one after the other; none is the empty text. */
    record Sequence(List<Regex> parts) implements Regex {
        @Override
        public int emit(Nfa nfa, int from) {
            int at = from;
            for (Regex part : parts) {
                at = part.emit(nfa, at);
            }
            return at;
        }
    }

    /** Any one of these. */
    record Either(List<Regex> branches) implements Regex {
        @Override
        public int emit(Nfa nfa, int from) {
            int to = nfa.state();
            for (Regex branch : branches) {
                int begin = nfa.state();
                nfa.empty(from, begin);
                nfa.empty(branch.emit(nfa, begin), to);
            }
            return to;
        }
    }

    /**
     * One part several times.
     *
     * @param most {@link #UNLIMITED} for any number
     */
    record Repeated(Regex part, int least, int most) implements Regex {
        static final int UNLIMITED = Integer.MAX_VALUE;

        @Override
        public int emit(Nfa nfa, int from) {
            int at = from;
            for (int i = 0; i < least; i++) {
                at = part.emit(nfa, at);
            }
            int to = nfa.state();
            if (most == UNLIMITED) {
                int loop = nfa.state();
                nfa.empty(at, loop);
                nfa.empty(part.emit(nfa, loop), loop);
                nfa.empty(loop, to);
                return to;
            }
            nfa.empty(at, to);
            for (int i = least; i < most; i++) {
                at = part.emit(nfa, at);
                nfa.empty(at, to);
            }
            return to;
        }
    }

    /** Any text. */
    static Regex anything() {
        return new Repeated(new Chars(Spelling.spellable()), 0, Repeated.UNLIMITED);
    }

    /** The automaton over the bytes that spell the texts of this in a JSON string. */
    default Dfa automaton(CompileBudget budget) {
        Nfa nfa = new Nfa(budget);
        return nfa.determinised(emit(nfa, Nfa.START));
    }
}
