package dev.sublinear.engine.constraint.grammar;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The nodes that an answer must still go on with, the next on top. Immutable; stacks share the nodes below the top. */
public final class ParseStack {
    private static final int PRIME = 31;

    /** Nothing more: the answer is whole. */
    static final ParseStack EMPTY = new ParseStack();

    private final @Nullable Node top;
    private final ParseStack rest;
    private final int hash;

    @SuppressWarnings("ThisEscapedInObjectConstruction")
    private ParseStack() {
        this.top = null;
        this.rest = this;
        this.hash = 1;
    }

    private ParseStack(Node top, ParseStack rest) {
        this.top = top;
        this.rest = rest;
        this.hash = PRIME * rest.hash + top.hashCode();
    }

    ParseStack push(Node node) {
        return new ParseStack(node, this);
    }

    boolean isEmpty() {
        return top == null;
    }

    Node top() {
        if (top == null) {
            throw new IllegalStateException("the stack is empty");
        }
        return top;
    }

    ParseStack rest() {
        return rest;
    }

    /** A stack that no text of {@code bytes} bytes tells from this one. */
    ParseStack seenFrom(int bytes) {
        Deque<Node> nodes = new ArrayDeque<>();
        for (ParseStack left = this; !left.isEmpty(); left = left.rest) {
            nodes.push(left.top().seenFrom(bytes));
        }
        ParseStack view = EMPTY;
        for (Node node : nodes) {
            view = view.push(node);
        }
        return view;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof ParseStack stack) || hash != stack.hash) {
            return false;
        }
        ParseStack mine = this;
        ParseStack theirs = stack;
        while (mine != theirs) {
            if (mine.isEmpty() || theirs.isEmpty() || !mine.top().equals(theirs.top())) {
                return false;
            }
            mine = mine.rest;
            theirs = theirs.rest;
        }
        return true;
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
