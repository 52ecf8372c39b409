package dev.sublinear.engine.constraint;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What an answer must still go on with, the next part on top. Immutable; stacks share what lies below. */
final class Stack {
    private static final int PRIME = 31;

    /** Nothing more: the answer is whole. */
    static final Stack EMPTY = new Stack();

    private final @Nullable Node top;
    private final Stack rest;
    private final int hash;

    @SuppressWarnings("ThisEscapedInObjectConstruction")
    private Stack() {
        this.top = null;
        this.rest = this;
        this.hash = 1;
    }

    private Stack(Node top, Stack rest) {
        this.top = top;
        this.rest = rest;
        this.hash = PRIME * rest.hash + top.hashCode();
    }

    Stack push(Node node) {
        return new Stack(node, this);
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

    Stack rest() {
        return rest;
    }

    /** A stack that within so many bytes cannot be told from this one. */
    Stack seenFrom(int bytes) {
        Deque<Node> nodes = new ArrayDeque<>();
        for (Stack left = this; !left.isEmpty(); left = left.rest) {
            nodes.push(left.top().seenFrom(bytes));
        }
        Stack view = EMPTY;
        for (Node node : nodes) {
            view = view.push(node);
        }
        return view;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof Stack stack) || hash != stack.hash) {
            return false;
        }
        Stack mine = this;
        Stack theirs = stack;
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
