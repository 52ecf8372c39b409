package dev.sublinear.engine.generation;

import dev.sublinear.engine.drafting.Drafter;
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
    private static final int[] NO_DRAFT = {};

    private final SequenceGroup group;
    private final int choice;
    private final Detokenizer detokenizer;
    private final StopTexts stops;
    private final Sampler sampler;
    private final TokenConstraint.State constraint;
    private final Drafter drafter = new Drafter();

    private int[] tokens;
    private int length;
    private int computed;
    private int suspectUntil;
    private long lastTokenNanos;
    private @Nullable FinishReason finished;
    private CacheUsage usage = CacheUsage.NONE;

    private int[] draft = NO_DRAFT; // read in this step, beyond the tokens that are counted as read
    private int right; // its first tokens that have been chosen, too
    private Drafts drafts = Drafts.NONE;

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
        draft = NO_DRAFT;
        right = 0;
    }

    /**
     * Drafts tokens that may come after its newest, which the next step reads: after each that turns out right, one more can be
     * chosen.
     *
     * @param most at most so many
     * @param sequences that share the step
     * @return how many
     */
    int draft(int most, int sequences) {
        int asked = Math.min(most, group.request().options().promptLookup());
        int chosenLater = group.request().maxTokens() - generated() - 1; // the last of an answer is never read
        int wanted = Math.min(asked, chosenLater);
        if (wanted > 0 && cache != null) {
            int undoable = cache.undoable() - 1; // its newest token is read, too
            draft = drafter.draft(tokens, length, Math.max(0, Math.min(wanted, undoable)), sequences, cache.held());
        }
        return draft.length;
    }

    /** Returns the next tokens for the model, which it counts as read, and those of the draft. */
    int[] read(int count) {
        computed += count;
        int[] read = Arrays.copyOfRange(tokens, computed - count, computed + draft.length);
        System.arraycopy(draft, 0, read, count, draft.length);
        return read;
    }

    /** Whether the newest token is the draft's, so that the one after it can be chosen at once: then it has been read. */
    boolean follows() {
        if (right == draft.length || draft[right] != tokens[length - 1] || !isReady()) {
            return false;
        }
        right++;
        computed++;
        return true;
    }

    /** Ends the draft: the cache drops its tokens that have not been chosen. Returns how many have. */
    int endDraft() {
        if (right < draft.length && cache != null) {
            cache.truncate(computed);
        }
        boolean wrong = right < draft.length && draft[right] != tokens[length - 1]; // not if its mask was not ready
        drafter.verified(wrong ? draft.length : right, right);
        drafts = drafts.and(right, draft.length - right);
        int ended = right;
        draft = NO_DRAFT;
        right = 0;
        return ended;
    }

    /** What became of the tokens drafted so far. */
    Drafts drafts() {
        return drafts;
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
