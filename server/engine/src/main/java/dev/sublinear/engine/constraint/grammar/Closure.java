package dev.sublinear.engine.constraint.grammar;

import dev.sublinear.engine.constraint.limits.TooLargeException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** Finds all the places in which an answer may be after the same bytes: stacks with a terminal on top. */
final class Closure {
    private final int most;
    private final Set<ParseStack> seen = new HashSet<>();
    private final Deque<ParseStack> open = new ArrayDeque<>();
    private final Set<ParseStack> places = new HashSet<>();
    private boolean whole;

    /** @param most how many stacks may be looked at; nobody needs that many, but a schema may be written to */
    Closure(int most) {
        this.most = most;
    }

    /** Takes a stack whose top is to be taken apart. */
    void expand(ParseStack stack) {
        if (stack.isEmpty()) {
            whole = true;
        } else if (seen.add(stack)) {
            if (seen.size() > most) {
                throw new TooLargeException("is ambiguous: an answer can go on in more than " + most + " ways at once");
            }
            open.push(stack);
        }
    }

    /** Takes apart what there is, until terminals are on top. */
    void close() {
        while (!open.isEmpty()) {
            ParseStack stack = open.pop();
            stack.top().expand(stack.rest(), this);
        }
    }

    /** Takes a stack with a terminal on top. */
    void stop(ParseStack place) {
        places.add(place);
    }

    /** How many stacks have been looked at. */
    int size() {
        return seen.size();
    }

    Set<ParseStack> places() {
        return places;
    }

    /** Whether one of the places is the end. */
    boolean isWhole() {
        return whole;
    }
}
