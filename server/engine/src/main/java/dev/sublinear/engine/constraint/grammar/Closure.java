package dev.sublinear.engine.constraint.grammar;

import dev.sublinear.engine.constraint.limits.TooLargeException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** Finds all stacks with which an answer may go on after the same bytes: those with a terminal on top. */
final class Closure {
    private final int most;
    private final Set<ParseStack> seen = new HashSet<>();
    private final Deque<ParseStack> open = new ArrayDeque<>();
    private final Set<ParseStack> places = new HashSet<>();
    private boolean whole;

    /** @param most the largest number of stacks to visit, which only a hostile schema needs */
    Closure(int most) {
        this.most = most;
    }

    /** Adds a stack whose top node is expanded later. */
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

    /** Expands all stacks until terminals are on top. */
    void close() {
        while (!open.isEmpty()) {
            ParseStack stack = open.pop();
            stack.top().expand(stack.rest(), this);
        }
    }

    /** Adds a stack with a terminal on top. */
    void stop(ParseStack place) {
        places.add(place);
    }

    /** The number of stacks that were visited. */
    int size() {
        return seen.size();
    }

    Set<ParseStack> places() {
        return places;
    }

    /** Whether the answer may end here. */
    boolean isWhole() {
        return whole;
    }
}
