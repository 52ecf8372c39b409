package dev.sublinear.engine;

import dev.sublinear.engine.chat.AnswerReader;
import dev.sublinear.engine.chat.Said;
import dev.sublinear.engine.chat.SaidParts;
import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.generation.GenerationException;
import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.sampling.Logprobs;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Puts an answer together on the engine's thread, and tells of each token. */
final class AnswerCollector implements GenerationListener {
    private final Optional<AnswerReader> reader;
    private final Consumer<Token> heard;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();

    private final SaidParts all = new SaidParts();
    private final List<Token> tokens = new ArrayList<>();

    /** @param reader finds thoughts and calls; without one all is words */
    AnswerCollector(Optional<AnswerReader> reader, Consumer<Token> heard) {
        this.reader = reader;
        this.heard = heard;
    }

    /** Is complete when all of the answer has been told. */
    CompletableFuture<Answer> answer() {
        return answer;
    }

    @Override
    public void onToken(int choice, ChosenToken token) {
        add(token.id(), said(token.text()), token.logprobs());
        reader.ifPresent(AnswerReader::countToken);
    }

    @Override
    public void onChoiceFinished(int choice, String rest, FinishReason reason) {
        List<Said> last = new ArrayList<>(said(rest));
        reader.ifPresent(one -> last.addAll(one.finish()));
        if (!last.isEmpty()) {
            add(Token.NO_ID, last, Logprobs.NONE);
        }
    }

    private List<Said> said(String piece) {
        if (reader.isPresent()) {
            return reader.orElseThrow().accept(piece);
        }
        return piece.isEmpty() ? List.of() : List.of(new Said.Words(piece));
    }

    private void add(int id, List<Said> parts, Logprobs logprobs) {
        SaidParts own = new SaidParts();
        own.add(parts);
        all.add(parts);
        Token token = new Token(id, own.words(), own.thought(), own.calls(), logprobs);
        tokens.add(token);
        tell(token);
    }

    /** Whatever a listener throws is this answer's fault: an error on the engine's thread would end all others, too. */
    private void tell(Token token) {
        try {
            heard.accept(token);
        } catch (VirtualMachineError e) {
            throw e;
        } catch (Error e) {
            throw new IllegalStateException("a listener failed: " + e, e);
        }
    }

    @Override
    public void onFinished(Completion completion) {
        Answer whole = new Answer(
                all.words(),
                all.thought(),
                all.calls(),
                finish(completion.choices().get(0).reason()),
                tokens,
                reader.map(AnswerReader::thoughtTokens).orElse(0),
                completion);
        answer.completeAsync(() -> whole); // what follows it must not run on the engine's thread
    }

    private Answer.Finish finish(FinishReason reason) {
        if (reader.isPresent() && reader.orElseThrow().endsInCalls(reason)) {
            return Answer.Finish.TOOL_CALLS;
        }
        return switch (reason) {
            case STOP -> Answer.Finish.STOP;
            case LENGTH -> Answer.Finish.LENGTH;
            case CANCELLED -> Answer.Finish.CANCELLED;
        };
    }

    @Override
    public void onFailed(GenerationException failure) {
        AnswerException why = new AnswerException(failure);
        answer.defaultExecutor().execute(() -> answer.completeExceptionally(why));
    }
}
