package dev.sublinear.engine.generation;

import dev.sublinear.engine.model.CacheUsage;
import dev.sublinear.kvcache.EvictionPolicy;
import java.util.Optional;

/**
 * How a sequence stands.
 *
 * @param id of its request, see {@link Generation#id}
 * @param choice of its request
 * @param tenant of its request
 * @param policy of its cache
 * @param end why it ended, if it has: one of the last that did
 * @param promptTokens tokens of the prompt
 * @param cachedTokens how many of them had been read before, for another request
 * @param generatedTokens tokens chosen
 * @param readTokens tokens of both that the model has read; fewer than those of the prompt while that is read
 * @param reservedBytes what is set aside for its cache
 * @param cache what it holds, per layer; nothing while it waits
 */
public record SequenceReport(
        long id,
        int choice,
        String tenant,
        EvictionPolicy policy,
        State state,
        Optional<FinishReason> end,
        int promptTokens,
        int cachedTokens,
        int generatedTokens,
        int readTokens,
        long reservedBytes,
        CacheUsage cache) {

    /** What a sequence does. */
    public enum State {
        WAITING,
        PREFILL,
        DECODE
    }

    static SequenceReport of(Sequence sequence) {
        SequenceGroup group = sequence.group();
        return new SequenceReport(
                group.id(),
                sequence.choice(),
                group.request().tenant(),
                group.request().policy(),
                state(sequence),
                Optional.empty(),
                group.promptLength(),
                group.cachedTokens(),
                sequence.generated(),
                sequence.computed(),
                sequence.reservation().map(reservation -> reservation.bytes()).orElse(0L),
                sequence.usage());
    }

    SequenceReport endedBy(FinishReason reason) {
        return new SequenceReport(
                id,
                choice,
                tenant,
                policy,
                state,
                Optional.of(reason),
                promptTokens,
                cachedTokens,
                generatedTokens,
                readTokens,
                reservedBytes,
                cache);
    }

    private static State state(Sequence sequence) {
        if (sequence.reservation().isEmpty()) {
            return State.WAITING;
        }
        return sequence.generated() > 0 && sequence.unread() <= 1 ? State.DECODE : State.PREFILL;
    }
}
