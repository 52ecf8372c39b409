package dev.sublinear.engine.chat;

import java.util.ArrayList;
import java.util.List;

/** The parts of an answer, put together by what they are. For one thread. */
public final class SaidParts {
    private final StringBuilder words = new StringBuilder();
    private final StringBuilder thought = new StringBuilder();
    private final List<Said.Called> calls = new ArrayList<>();

    public void add(List<Said> parts) {
        for (Said part : parts) {
            if (part instanceof Said.Words said) {
                words.append(said.text());
            } else if (part instanceof Said.Thought more) {
                thought.append(more.text());
            } else if (part instanceof Said.Called called) {
                calls.add(called);
            }
        }
    }

    public String words() {
        return words.toString();
    }

    public String thought() {
        return thought.toString();
    }

    public List<Said.Called> calls() {
        return List.copyOf(calls);
    }
}
