package dev.sublinear.engine.chat;

import dev.sublinear.engine.chat.Said.Thought;
import dev.sublinear.engine.generation.FinishReason;
import java.util.ArrayList;
import java.util.List;

/** Reads one answer as it comes, in pieces of any length. For one thread. */
public final class AnswerReader {
    private final ThoughtReader thoughts;
    private final CallReader calls;
    private boolean within;
    private int undecided; // tokens that may be of a mark
    private int thoughtTokens;

    AnswerReader(ThoughtReader thoughts, CallReader calls) {
        this.thoughts = thoughts;
        this.calls = calls;
        this.within = thoughts.isWithin();
    }

    /** Takes more of the answer, and returns what has become clear. */
    public List<Said> accept(String text) {
        boolean before = thoughts.isWithin();
        ThoughtReader.Clear clear = thoughts.accept(text);
        within = before || thoughts.isWithin() || !clear.thought().isEmpty();
        return told(clear);
    }

    /** Whether the text taken last was, at least in part, of a thought or its marks. */
    public boolean wasThought() {
        return within;
    }

    /** The text taken last was that of one token: counts it if it was of a thought or its marks. */
    public void countToken() {
        undecided++;
        if (within) {
            thoughtTokens += undecided;
        }
        if (within || !thoughts.isUndecided()) {
            undecided = 0;
        }
    }

    /** How many of the tokens counted were of a thought or its marks. */
    public int thoughtTokens() {
        return thoughtTokens;
    }

    /** Whether the answer is complete although the model may go on: it has made the only call that is allowed. */
    public boolean isCut() {
        return calls.isCut();
    }

    /** Whether a call has been told. */
    public boolean hasCalled() {
        return calls.hasCalled();
    }

    /** Whether an answer that the engine ended for a reason ended with its calls: the model stopped after them, or had no other. */
    public boolean endsInCalls(FinishReason reason) {
        return hasCalled() && (reason == FinishReason.STOP || isCut());
    }

    /** The answer ends: what waited is clear, too. */
    public List<Said> finish() {
        List<Said> said = new ArrayList<>(told(thoughts.finish()));
        said.addAll(calls.finish());
        return said;
    }

    private List<Said> told(ThoughtReader.Clear clear) {
        List<Said> said = new ArrayList<>();
        if (!clear.thought().isEmpty()) {
            said.add(new Thought(clear.thought()));
        }
        said.addAll(calls.accept(clear.answer()));
        return said;
    }
}
