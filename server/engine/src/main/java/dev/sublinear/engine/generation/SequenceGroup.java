package dev.sublinear.engine.generation;

import dev.sublinear.engine.sampling.Logprobs;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The sequences of one request. One of them, the leader, reads the prompt; then its cache forks for the others, and each
 * goes its own way. Owned by the engine thread.
 */
final class SequenceGroup {
    private final long id;
    private final GenerationRequest request;
    private final GenerationListener listener;
    private final Set<Integer> stopIds;
    private final List<Sequence> sequences;
    private final List<Logprobs> promptLogprobs = new ArrayList<>();

    private boolean forked;
    private boolean ended;
    private boolean preempted;
    private int cachedTokens;
    private int sharedTokens;
    private long turn;
    private long admittedNanos;
    private long firstTokenNanos;

    /**
     * Makes the sequences of a request.
     *
     * @param id that no other request of this process has
     * @param modelStopIds that end an answer for the model
     */
    SequenceGroup(
            long id,
            GenerationRequest request,
            GenerationListener listener,
            Set<Integer> modelStopIds,
            Supplier<Detokenizer> detokenizers) {
        this.id = id;
        this.request = request;
        this.listener = listener;
        this.stopIds = stopIds(request.stops(), modelStopIds);
        this.sequences = IntStream.range(0, request.choices())
                .mapToObj(choice -> new Sequence(this, choice, detokenizers.get()))
                .toList();
        if (request.logprobs().ofPrompt()) {
            promptLogprobs.add(Logprobs.NONE); // nothing precedes the first
        }
    }

    /** Those of the request and, unless it ignores them, of the model. */
    private static Set<Integer> stopIds(GenerationRequest.Stops stops, Set<Integer> modelStopIds) {
        Set<Integer> ids = new HashSet<>(stops.ids());
        if (!stops.ignoresModel()) {
            ids.addAll(modelStopIds);
        }
        return ids;
    }

    long id() {
        return id;
    }

    GenerationRequest request() {
        return request;
    }

    GenerationListener listener() {
        return listener;
    }

    Set<Integer> stopIds() {
        return stopIds;
    }

    int promptLength() {
        return request.prompt().length;
    }

    List<Sequence> sequences() {
        return sequences;
    }

    /** Those that are not finished. */
    List<Sequence> live() {
        return sequences.stream().filter(sequence -> !sequence.isFinished()).toList();
    }

    /** Those whose next tokens the model may read. */
    List<Sequence> reading() {
        List<Sequence> live = live();
        return forked ? live : live.subList(0, Math.min(1, live.size()));
    }

    boolean isForked() {
        return forked;
    }

    /** Every sequence has a cache that has seen the prompt. */
    void fork() {
        forked = true;
    }

    /** The tokens that it may cost: what fairness between tenants counts. */
    long cost() {
        return promptLength() + (long) request.choices() * request.maxTokens();
    }

    /** Frees the caches and reservations of all sequences. Their tokens stay, so that they can be read again. */
    void release() {
        sequences.forEach(Sequence::release);
        forked = false;
    }

    /** Preempts it: its tokens will be read again from the start. */
    void preempt() {
        release();
        preempted = true;
    }

    /** Whether it was preempted. */
    boolean isPreempted() {
        return preempted;
    }

    void resume() {
        preempted = false;
    }

    /** Whether it has to run alone, because a step with it has failed. */
    boolean isSuspect() {
        return sequences.stream().anyMatch(Sequence::isSuspect);
    }

    /** Whether this has finished, failed or been cancelled, so that nothing may be told of it any more. */
    boolean ended() {
        return ended;
    }

    void end() {
        ended = true;
        release();
    }

    void admitted(long now) {
        if (admittedNanos == 0) {
            admittedNanos = now;
        }
    }

    /** How many tokens of the prompt had been read for another request. */
    int cachedTokens() {
        return cachedTokens;
    }

    void found(int tokens) {
        if (firstTokenNanos == 0) {
            cachedTokens = tokens;
        }
    }

    /** The number of leading tokens shared with a recent prompt: a snapshot is worth taking there. */
    int sharedTokens() {
        return sharedTokens;
    }

    void shares(int tokens) {
        sharedTokens = tokens;
    }

    /** When it last had its turn to read a chunk. */
    long turn() {
        return turn;
    }

    void tookTurn(long number) {
        turn = number;
    }

    boolean hasToken() {
        return firstTokenNanos != 0;
    }

    void firstToken(long now) {
        firstTokenNanos = now;
    }

    /** Whether logits are wanted for every token of the prompt that is read next. */
    boolean wantsPromptLogprobs() {
        return request.logprobs().ofPrompt() && promptLogprobs.size() < promptLength();
    }

    /** Takes the logits that follow the token of the prompt at a place. */
    void promptLogprobs(int position, float[] logits) {
        if (position + 1 == promptLogprobs.size() && position + 1 < promptLength()) {
            promptLogprobs.add(Logprobs.of(
                    logits, request.prompt()[position + 1], request.logprobs().alternatives()));
        }
    }

    List<Logprobs> promptLogprobs() {
        return promptLogprobs;
    }

    Completion completion(long now) {
        return new Completion(
                promptLength(),
                cachedTokens,
                sequences.stream()
                        .map(sequence -> new Completion.Choice(
                                sequence.finished().orElse(FinishReason.CANCELLED),
                                sequence.generated(),
                                sequence.drafts(),
                                sequence.usage()))
                        .toList(),
                timing(now));
    }

    private Completion.Timing timing(long now) {
        long admitted = admittedNanos == 0 ? now : admittedNanos;
        long first = firstTokenNanos == 0 ? now : firstTokenNanos;
        long last = sequences.stream().mapToLong(Sequence::lastTokenNanos).max().orElse(0);
        return new Completion.Timing(
                admitted - request.arrivedNanos(),
                Math.max(0, first - admitted),
                last == 0 ? 0 : Math.max(0, last - first));
    }
}
