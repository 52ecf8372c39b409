package dev.sublinear.server.engine;

import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.model.text.StreamingDecoder;
import dev.sublinear.server.sampling.Sampler;
import java.util.Arrays;
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
    private final Set<Integer> stopIds;

    private int[] tokens;
    private int length;
    private int computed;
    private boolean ended;

    private KvMemory.@Nullable Reservation reservation;
    private @Nullable KvCache cache;

    private long admittedNanos;
    private long firstTokenNanos;
    private long lastTokenNanos;

    Sequence(GenerationRequest request, GenerationListener listener, StreamingDecoder decoder, Set<Integer> stopIds) {
        this.request = request;
        this.listener = listener;
        this.decoder = decoder;
        this.stops = new StopTexts(request.stops());
        this.sampler = new Sampler(request.sampling(), request.prompt());
        this.stopIds = stopIds;
        this.tokens = request.prompt();
        this.length = tokens.length;
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
        int id = sampler.sample(logits, generated());
        append(id);
        if (generated() == 1) {
            firstTokenNanos = now;
        }
        lastTokenNanos = now;
        boolean last = stopIds.contains(id);
        listener.onToken(id, last ? "" : stops.accept(decoder.accept(id)));
        if (last || stops.found()) {
            return Optional.of(FinishReason.STOP);
        }
        return generated() == request.maxTokens() ? Optional.of(FinishReason.LENGTH) : Optional.empty();
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
