package dev.sublinear.server.engine;

import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.model.text.StreamingDecoder;
import dev.sublinear.server.engine.GenerationListener.Token;
import dev.sublinear.server.sampling.Logprobs;
import dev.sublinear.server.sampling.Sampler;
import dev.sublinear.server.sampling.TokenConstraint;
import dev.sublinear.server.sampling.TokenMask;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A prompt with the tokens generated so far. Owned by the engine thread. */
final class Sequence {
    private final GenerationRequest request;
    private final GenerationListener listener;
    private final StreamingDecoder decoder;
    private final StopTexts stops;
    private final Sampler sampler;
    private final TokenConstraint.State constraint;
    private final Set<Integer> stopIds; // the request's and, unless it ignores them, the model's

    private int[] tokens;
    private int length;
    private int computed;
    private boolean ended;

    private KvMemory.@Nullable Reservation reservation;
    private @Nullable KvCache cache;

    private long admittedNanos;
    private long firstTokenNanos;
    private long lastTokenNanos;

    /** @param modelStopIds that end an answer for the model */
    Sequence(
            GenerationRequest request,
            GenerationListener listener,
            StreamingDecoder decoder,
            Set<Integer> modelStopIds) {
        this.request = request;
        this.listener = listener;
        this.decoder = decoder;
        this.stops = new StopTexts(request.stops().texts());
        this.sampler = new Sampler(request.sampling(), request.prompt());
        this.constraint = request.constraint().begin();
        this.stopIds = stopIds(request.stops(), modelStopIds);
        this.tokens = request.prompt();
        this.length = tokens.length;
    }

    private static Set<Integer> stopIds(GenerationRequest.Stops stops, Set<Integer> modelStopIds) {
        Set<Integer> ids = new HashSet<>(stops.ids());
        if (!stops.ignoresModel()) {
            ids.addAll(modelStopIds);
        }
        return ids;
    }

    GenerationRequest request() {
        return request;
    }

    GenerationListener listener() {
        return listener;
    }

    /** How many tokens the model has read. */
    int computed() {
        return computed;
    }

    /** How many tokens the model has still to read before the next can be chosen. */
    int unread() {
        return length - computed;
    }

    int generated() {
        return length - request.prompt().length;
    }

    /** Whether this has finished, failed or been cancelled, so that nothing may be told of it any more. */
    boolean ended() {
        return ended;
    }

    void admit(KvMemory.Reservation reserved, long now) {
        reservation = reserved;
        admittedNanos = now;
    }

    Optional<KvMemory.Reservation> reservation() {
        return Optional.ofNullable(reservation);
    }

    void open(KvCache opened) {
        cache = opened;
    }

    Optional<KvCache> cache() {
        return Optional.ofNullable(cache);
    }

    /** Returns the next tokens for the model and counts them as read. */
    int[] read(int count) {
        computed += count;
        return Arrays.copyOfRange(tokens, computed - count, computed);
    }

    /** Chooses the next token, tells the listener, and returns why this is the last, if it is. */
    Optional<FinishReason> choose(float[] logits, long now) {
        TokenMask mask = mask();
        if (mask.isEmpty() && constraint.mayEnd()) {
            return Optional.of(FinishReason.STOP); // and no token says so
        }
        int id = sampler.sample(logits, generated(), mask);
        append(id);
        if (generated() == 1) {
            firstTokenNanos = now;
        }
        lastTokenNanos = now;
        boolean last = stopIds.contains(id);
        if (!last) {
            constraint.advance(id);
        }
        Logprobs logprobs = request.logprobs().ofAnswer()
                ? Logprobs.of(logits, id, request.logprobs().alternatives())
                : Logprobs.NONE;
        listener.onToken(0, new Token(id, last ? "" : stops.accept(decoder.accept(id)), logprobs));
        if (last || stops.found()) {
            return Optional.of(FinishReason.STOP);
        }
        return generated() == request.length().max() ? Optional.of(FinishReason.LENGTH) : Optional.empty();
    }

    /** What may come next: an answer ends where it may, and not before it has its least tokens unless it must. */
    private TokenMask mask() {
        TokenMask allowed = constraint.allowed();
        boolean mayEnd = constraint.mayEnd()
                && (generated() >= request.length().min()
                        || allowed.without(stopIds).isEmpty());
        return mayEnd ? allowed.with(stopIds) : allowed.without(stopIds);
    }

    /** Returns the text that waited for more. */
    String heldBack() {
        return stops.accept(decoder.finish()) + stops.finish();
    }

    private void append(int id) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.min(length + length / 2 + 16, (int) request.positions()));
        }
        tokens[length++] = id;
    }

    /** Frees what it holds; the caches of others do not change. */
    void end() {
        ended = true;
        if (cache != null) {
            cache.close(); // and with it the reservation
        } else if (reservation != null) {
            reservation.close();
        }
    }

    Completion.Timing timing(long now) {
        long admitted = admittedNanos == 0 ? now : admittedNanos;
        long first = firstTokenNanos == 0 ? now : firstTokenNanos;
        long last = lastTokenNanos == 0 ? now : lastTokenNanos;
        return new Completion.Timing(
                admitted - request.arrivedNanos(), Math.max(0, first - admitted), Math.max(0, last - first));
    }

    /** When the newest token was chosen; 0 before the first. */
    long lastTokenNanos() {
        return lastTokenNanos;
    }
}
