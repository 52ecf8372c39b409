package dev.sublinear.engine.generation;

import dev.sublinear.engine.sampling.Logprobs;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Remembers what a generation told. */
final class Recorder implements GenerationListener {
    private final List<String> pieces = new CopyOnWriteArrayList<>();
    private final List<Told> told = new CopyOnWriteArrayList<>();
    private final List<Logprobs> ofPrompt = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Completion> end = new CompletableFuture<>();

    /** A token of a choice. */
    private record Told(int choice, ChosenToken token) {}

    /** Returns a request whose answers this hears, by the tokens of {@link ScriptedModel}. */
    SequenceGroup group(long id, GenerationRequest request) {
        return new SequenceGroup(
                id, request, this, Set.of(), () -> Detokenizer.of(ScriptedModel.TOKENIZER.streamingDecoder()));
    }

    @Override
    public void onPromptRead(List<Logprobs> logprobs) {
        ofPrompt.addAll(logprobs);
    }

    @Override
    public void onToken(int choice, ChosenToken token) {
        told.add(new Told(choice, token));
        pieces.add(token.text());
    }

    @Override
    public void onChoiceFinished(int choice, String rest, FinishReason reason) {
        pieces.add(rest);
    }

    @Override
    public void onFinished(Completion completion) {
        end.complete(completion);
    }

    @Override
    public void onFailed(GenerationException failure) {
        end.completeExceptionally(failure);
    }

    /** The end, or the failure as the cause of a {@link java.util.concurrent.CompletionException}. */
    Completion await() {
        return end.orTimeout(60, TimeUnit.SECONDS).join();
    }

    boolean failed() {
        return end.isCompletedExceptionally();
    }

    /** What was told of all choices, piece by piece. */
    String text() {
        return String.join("", pieces);
    }

    List<Integer> ids() {
        return ids(0);
    }

    List<Integer> ids(int choice) {
        return told.stream()
                .filter(each -> each.choice() == choice)
                .map(each -> each.token().id())
                .toList();
    }

    List<Logprobs> logprobs() {
        return logprobs(0);
    }

    List<Logprobs> logprobs(int choice) {
        return told.stream()
                .filter(each -> each.choice() == choice)
                .map(each -> each.token().logprobs())
                .toList();
    }

    List<Logprobs> ofPrompt() {
        return ofPrompt;
    }

    int tokens() {
        return told.size();
    }
}
