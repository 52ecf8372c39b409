package dev.sublinear.engine.generation;

import dev.sublinear.engine.generation.GenerationListener.ChosenToken;
import dev.sublinear.engine.model.CacheUsage;
import dev.sublinear.engine.model.SequenceCache;
import dev.sublinear.engine.sampling.Logprobs;
import dev.sublinear.engine.sampling.Sampler;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.engine.sampling.TokenMask;
import dev.sublinear.kvcache.KvMemory;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A prompt with the tokens generated so far: one choice of a request. Owned by the engine thread. */
final class Sequence {
    private final SequenceGroup group;
    private final int choice;
    private final Detokenizer detokenizer;
    private final StopTexts stops;
    private final Sampler sampler;
    private final TokenConstraint.State constraint;

    private int[] tokens;
    private int length;
    private int computed;
    private int suspectUntil;
    private long lastTokenNanos;
    private @Nullable FinishReason finished;
    private CacheUsage usage = CacheUsage.NONE;

    /*
     * A reservation without a cache: another choice reads the prompt for this one, or none has begun.
     * A cache closes its reservation with it.
     */
    private KvMemory.@Nullable Reservation reservation;
    private @Nullable SequenceCache cache;

    Sequence(SequenceGroup group, int choice, Detokenizer detokenizer) {
        GenerationRequest request = group.request();
        this.group = group;
        this.choice = choice;
        this.detokenizer = detokenizer;
        this.stops = new StopTexts(request.stops().texts());
        this.sampler = new Sampler(request.sampling().forChoice(choice), request.prompt());
        this.constraint = request.constraint().begin();
        this.tokens = request.prompt();
        this.length = tokens.length;
    }

    SequenceGroup group() {
        return group;
    }

    int choice() {
        return choice;
    }

    /** How many tokens the model has read into the cache that there is now. */
    int computed() {
        return computed;
    }

    /** How many tokens the model has still to read before the next can be chosen. */
    int unread() {
        return length - computed;
    }

    int length() {
        return length;
    }

    int generated() {
        return length - group.promptLength();
    }

    /** Returns a copy of the first tokens. */
    int[] tokens(int count) {
        return Arrays.copyOf(tokens, count);
    }

    /** Whether the next token may be chosen: what its constraint allows is known. */
    boolean isReady() {
        return constraint.isReady();
    }

    /** Marks it suspect, because its latest step has failed, until it has read the same tokens in another step. */
    void suspect() {
        suspectUntil = Math.max(suspectUntil, computed);
    }

    boolean isSuspect() {
        return !isFinished() && computed < suspectUntil;
    }

    boolean isFinished() {
        return finished != null;
    }

    Optional<FinishReason> finished() {
        return Optional.ofNullable(finished);
    }

    void reserve(KvMemory.Reservation reserved) {
        reservation = reserved;
    }

    /** Its reservation of memory; empty before it is admitted and after it is released. */
    Optional<KvMemory.Reservation> reservation() {
        return Optional.ofNullable(reservation);
    }

    /** Takes a cache that uses its reservation, and goes on from what that has seen. */
    void open(SequenceCache opened) {
        cache = opened;
        computed = opened.seen();
    }

    Optional<SequenceCache> cache() {
        return Optional.ofNullable(cache);
    }

    /** Frees its cache and its reservation. Its tokens stay, so that they can be read again. */
    void release() {
        if (cache != null) {
            cache.close(); // and with it the reservation
        } else if (reservation != null) {
            reservation.close();
        }
        cache = null;
        reservation = null;
        computed = 0;
    }

    /** Returns the next tokens for the model and counts them as read. */
    int[] read(int count) {
        computed += count;
        return Arrays.copyOfRange(tokens, computed - count, computed);
    }

    /** Chooses the next token, tells of it, and returns why it was the last, if it was. */
    Optional<FinishReason> choose(float[] logits, long now) {
        TokenMask mask = mask();
        if (mask.isEmpty()) {
            if (constraint.mayEnd()) {
                return Optional.of(FinishReason.STOP); // there is no token that would say so
            }
            throw new IllegalStateException("the constraint allows neither a token nor the end");
        }
        int id = sampler.sample(logits, generated(), mask);
        append(id);
        lastTokenNanos = now;
        boolean last = group.stopIds().contains(id);
        if (!last) {
            constraint.advance(id);
        }
        String text = last ? "" : stops.accept(detokenizer.accept(id));
        group.listener().onToken(choice, new ChosenToken(id, text, logprobs(logits, id)));
        if (last || stops.found()) {
            return Optional.of(FinishReason.STOP);
        }
        return generated() == group.request().maxTokens() ? Optional.of(FinishReason.LENGTH) : Optional.empty();
    }

    private Logprobs logprobs(float[] logits, int id) {
        GenerationRequest.LogprobsWanted wanted = group.request().logprobs();
        return wanted.ofAnswer() ? Logprobs.of(logits, id, wanted.alternatives()) : Logprobs.NONE;
    }

    /** What may come next: an answer ends where it may, and not before it has its least tokens unless it must. */
    private TokenMask mask() {
        TokenMask allowed = constraint.allowed();
        TokenMask going = allowed.without(group.stopIds());
        boolean mayEnd = constraint.mayEnd() && (generated() >= group.request().minTokens() || going.isEmpty());
        return mayEnd ? allowed.with(group.stopIds()) : going;
    }

    private void append(int id) {
        if (length == tokens.length) {
            int most = (int) group.request().positions();
            tokens = Arrays.copyOf(tokens, Math.min(length + length / 2 + 16, most));
        }
        tokens[length++] = id;
    }

    /** When the newest token was chosen; 0 before the first. */
    long lastTokenNanos() {
        return lastTokenNanos;
    }

    /** Ends it: frees its cache and returns the text that was held back. */
    String finish(FinishReason reason) {
        usage = usage();
        finished = reason;
        release();
        return reason == FinishReason.CANCELLED ? "" : stops.accept(detokenizer.finish()) + stops.finish();
    }

    /** What its cache holds, or held at the end. */
    CacheUsage usage() {
        return cache == null ? usage : cache.usage();
    }
}
