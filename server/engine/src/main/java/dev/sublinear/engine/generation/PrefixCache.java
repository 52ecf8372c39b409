package dev.sublinear.engine.generation;

import dev.sublinear.engine.model.SequenceCache;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Snapshots of caches after recent prompts and answers, for requests that begin with the same tokens. Owned by the engine
 * thread.
 *
 * <p>A snapshot is a fork of a sequence's cache after a multiple of the grid, and nothing writes to it. A cache is a
 * function of its policy and the tokens that it has seen, so a request that goes on from a fork of the snapshot computes
 * what it would have computed from the start. Tenants do not share snapshots: how soon a token comes would tell one what
 * another has sent.
 *
 * <p>Snapshots take the room that sequences leave, up to a limit, and make way for them; the least recently used goes
 * first.
 */
final class PrefixCache {
    /** Greatest number of remembered places of prompts without a snapshot; they tell where prompts diverge. */
    private static final int MOST_PLACES = 1 << 14;

    private final KvMemory memory;
    private final int grid;
    private final long limit;
    private final EngineListener listener;
    private final Map<Place, Snapshot> snapshots = new LinkedHashMap<>(16, 0.75f, true);
    private final LinkedHashSet<Place> places = new LinkedHashSet<>();
    private long bytes;

    /** The end of some tokens, under a policy, of a tenant. Equal hashes need not be equal tokens. */
    private record Place(String tenant, EvictionPolicy policy, int tokens, long hash) {}

    /** A choice of a request. */
    private record Author(long group, int choice) {}

    /** A cache that has seen these tokens and sees no more; {@code answers} if the last of them are of an answer. */
    @SuppressWarnings("ArrayRecordComponent") // compared by identity
    private record Snapshot(int[] tokens, SequenceCache cache, long bytes, Author author, boolean answers) {
        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /**
     * Makes an empty one.
     *
     * @param grid snapshots are taken after multiples of this number of tokens
     * @param limit bytes of all snapshots together; 0 for none
     */
    PrefixCache(KvMemory memory, int grid, long limit, EngineListener listener) {
        this.memory = memory;
        this.grid = grid;
        this.limit = limit;
        this.listener = listener;
    }

    /**
     * Returns the longest snapshot that a prompt begins with, but for its last token, whose logits are needed.
     *
     * @return a cache that has seen it, or empty; then the reservation is untouched
     */
    Optional<SequenceCache> find(
            GenerationRequest request, KvMemory.Reservation reservation, KvCacheListener cacheListener) {
        return beginning(request).map(snapshot -> snapshot.cache().fork(reservation, cacheListener));
    }

    /** Returns the snapshot that a request would go on from, as the most recently used. */
    private Optional<Snapshot> beginning(GenerationRequest request) {
        if (!serves(request)) {
            return Optional.empty();
        }
        List<Place> all = placesOf(request, request.prompt(), request.prompt().length - 1);
        for (int i = all.size() - 1; i >= 0; i--) {
            Snapshot snapshot = snapshots.get(all.get(i)); // which makes it the most recently used
            if (snapshot != null && startsWith(request.prompt(), snapshot.tokens())) {
                return Optional.of(snapshot);
            }
        }
        return Optional.empty();
    }

    /** Whether a request can use snapshots and leave some. */
    private boolean serves(GenerationRequest request) {
        // A guard spends what is reserved, so what it keeps depends on more than the tokens.
        return limit > 0 && !request.policy().guard().isOn();
    }

    /** Remembers a prompt, and returns how much of it another has begun with before: up to there it may be worth keeping. */
    int shared(GenerationRequest request) {
        if (!serves(request)) {
            return 0;
        }
        int shared = 0;
        for (Place place : placesOf(request, request.prompt(), request.prompt().length)) {
            if (!places.add(place)) {
                shared = place.tokens();
            }
        }
        while (places.size() > MOST_PLACES) {
            places.remove(places.iterator().next());
        }
        return shared;
    }

    /** Keeps what a sequence has read, if it is a multiple of the grid, and worth it. */
    void offer(Sequence sequence) {
        GenerationRequest request = sequence.group().request();
        int computed = sequence.computed();
        if (computed == 0 || computed % grid != 0 || !serves(request) || !isWorthIt(sequence.group(), computed)) {
            return;
        }
        int[] tokens = sequence.tokens(computed);
        List<Place> all = placesOf(request, tokens, computed);
        Place place = all.get(all.size() - 1);
        if (snapshots.get(place) == null) {
            keep(sequence, place, tokens);
        }
    }

    /** The ends of prompt and answer, because a conversation goes on from there, and where prompts part. */
    private boolean isWorthIt(SequenceGroup group, int computed) {
        return computed == group.sharedTokens() || computed > group.promptLength() - grid;
    }

    private void keep(Sequence sequence, Place place, int[] tokens) {
        SequenceCache cache = sequence.cache().orElseThrow();
        Author author = new Author(sequence.group().id(), sequence.choice());
        boolean answers = tokens.length > sequence.group().promptLength();
        long needed = cache.snapshotBytes();
        if (needed > limit) {
            return;
        }
        if (answers) { // a conversation goes on from the longest
            snapshots.entrySet().stream()
                    .filter(entry -> entry.getValue().answers()
                            && entry.getValue().author().equals(author))
                    .findFirst()
                    .ifPresent(entry -> evict(entry.getKey()));
        }
        while (bytes > limit - needed) {
            evictOldest();
        }
        reserve(needed).ifPresent(reservation -> {
            snapshots.put(place, new Snapshot(tokens, cache.snapshot(reservation), needed, author, answers));
            bytes += needed;
            listener.onSnapshotTaken(tokens.length, needed);
        });
    }

    /** Bytes for the caches of all sequences, and what is kept of them. */
    long capacity() {
        return memory.capacity();
    }

    /** Reserves bytes, and evicts snapshots to make room; empty if evicting all of them is not enough. */
    Optional<KvMemory.Reservation> reserve(long needed) {
        Optional<KvMemory.Reservation> reservation = memory.reserve(needed);
        while (reservation.isEmpty() && evictOldest()) {
            reservation = memory.reserve(needed);
        }
        return reservation;
    }

    /**
     * The same for a request while others run, and without giving up the snapshot that it would itself go on from: to read
     * that again would take all of them longer than to wait for one of them to end.
     */
    Optional<KvMemory.Reservation> reserveBesideOthers(GenerationRequest request, long needed) {
        Optional<KvMemory.Reservation> reservation = memory.reserve(needed);
        if (reservation.isEmpty()) {
            int kept = beginning(request).isPresent() ? 1 : 0; // the last to be evicted
            while (reservation.isEmpty() && snapshots.size() > kept) {
                evictOldest();
                reservation = memory.reserve(needed);
            }
        }
        return reservation;
    }

    /** Frees the least recently used; returns whether there was one. */
    boolean evictOldest() {
        if (snapshots.isEmpty()) {
            return false;
        }
        evict(snapshots.keySet().iterator().next());
        return true;
    }

    private void evict(Place place) {
        Snapshot gone = Objects.requireNonNull(snapshots.remove(place));
        gone.cache().close();
        bytes -= gone.bytes();
        listener.onSnapshotEvicted(gone.bytes());
    }

    void clear() {
        while (evictOldest()) {}
        places.clear();
    }

    int size() {
        return snapshots.size();
    }

    long bytes() {
        return bytes;
    }

    /** The multiples of the grid among the first tokens, ascending. */
    private List<Place> placesOf(GenerationRequest request, int[] tokens, int count) {
        List<Place> all = new ArrayList<>(count / grid);
        long hash = 0;
        for (int i = 0; i < count / grid * grid; i++) {
            hash = (hash + tokens[i] + 1) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 29;
            if ((i + 1) % grid == 0) {
                all.add(new Place(request.tenant(), request.policy(), i + 1, hash));
            }
        }
        return all;
    }

    private static boolean startsWith(int[] tokens, int[] beginning) {
        return tokens.length > beginning.length
                && Arrays.equals(tokens, 0, beginning.length, beginning, 0, beginning.length);
    }
}
