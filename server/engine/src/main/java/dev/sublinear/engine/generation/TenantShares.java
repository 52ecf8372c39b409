package dev.sublinear.engine.generation;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What each tenant holds of the sequences that may run and of the memory, and who gives way to whom. Owned by the engine thread.
 *
 * <p>A tenant's share is the greater of the two. Ghodsi et al., <a
 * href="https://www.usenix.org/legacy/event/nsdi11/tech/full_papers/Ghodsi.pdf">Dominant resource fairness</a>, 2011.
 */
final class TenantShares {
    /** The share that a tenant may have while others wait. */
    private static final double MOST = 0.5;

    /** A tenant that gave way has no more admitted for so many steps in which no other came or went: they often come again. */
    static final int QUIET_STEPS = 256;

    private final List<SequenceGroup> running;
    private final int maxRunning;
    private final long capacity;
    private final Map<String, Long> heldBackUntil = new HashMap<>(); // steps
    private long steps;

    /**
     * The shares of those in a list, which changes.
     *
     * @param running in the order of admission
     * @param capacity bytes for the caches of all sequences
     */
    TenantShares(List<SequenceGroup> running, int maxRunning, long capacity) {
        this.running = running;
        this.maxRunning = maxRunning;
        this.capacity = capacity;
    }

    /** What is held: sequences, and bytes reserved for them. */
    private record Held(int sequences, long bytes) {
        private static final Held NOTHING = new Held(0, 0);

        static Held of(SequenceGroup group) {
            return new Held(
                    group.live().size(),
                    group.live().stream()
                            .flatMap(sequence -> sequence.reservation().stream())
                            .mapToLong(reservation -> reservation.bytes())
                            .sum());
        }

        Held and(Held other) {
            return new Held(sequences + other.sequences, bytes + other.bytes);
        }

        Held without(Held other) {
            return new Held(sequences - other.sequences, bytes - other.bytes);
        }
    }

    private Map<String, Held> held() {
        Map<String, Held> held = new HashMap<>();
        running.forEach(group -> held.merge(group.request().tenant(), Held.of(group), Held::and));
        return held;
    }

    private double share(Held held) {
        return Math.max((double) held.sequences() / maxRunning, (double) held.bytes() / capacity);
    }

    /** Whether a tenant has no more than it may have while others wait, and need not hold back. */
    boolean mayRunMore(String tenant) {
        Held held = held().getOrDefault(tenant, Held.NOTHING);
        boolean little = held.sequences() == 0 || share(held) < MOST;
        return little && !isHeldBack(tenant);
    }

    /** Whether a tenant has given way so lately that the others would make it give way again. */
    boolean isHeldBack(String tenant) {
        Long until = heldBackUntil.get(tenant);
        return until != null
                && steps < until
                && running.stream().anyMatch(group -> group.request().tenant().equals(tenant));
    }

    /**
     * Returns who gives way to a request that waits: the newest of the greediest tenant, if that has no less left then than this
     * one's will have.
     *
     * @param bytes that the request needs
     */
    Optional<SequenceGroup> givingWayTo(SequenceGroup asking, long bytes) {
        String tenant = asking.request().tenant();
        Map<String, Held> held = held();
        Held wanted = held.getOrDefault(tenant, Held.NOTHING)
                .and(new Held(asking.live().size(), bytes));
        Optional<String> greediest = held.keySet().stream()
                .filter(name -> !name.equals(tenant))
                .max(Comparator.comparingDouble(name -> share(held.getOrDefault(name, Held.NOTHING))));
        return greediest.flatMap(name -> {
            SequenceGroup newest = running.stream()
                    .filter(group -> group.request().tenant().equals(name))
                    .reduce(running.get(0), (before, group) -> group);
            Held left = held.getOrDefault(name, Held.NOTHING).without(Held.of(newest));
            return share(left) >= share(wanted) ? Optional.of(newest) : Optional.empty();
        });
    }

    /** A tenant gives way to another. */
    void gaveWay(String tenant) {
        heldBackUntil.put(tenant, steps + QUIET_STEPS);
    }

    /** A tenant's request begins: those that have given way hold back longer. */
    void admitted(String tenant) {
        heldBackUntil.replaceAll((name, until) -> name.equals(tenant) ? until : steps + QUIET_STEPS);
    }

    /** A tenant's request ends: it may have another instead, while those that have given way to it hold back longer. */
    void ended(String tenant) {
        heldBackUntil.remove(tenant);
        admitted(tenant);
    }

    void step() {
        steps++;
        heldBackUntil.values().removeIf(until -> until <= steps);
    }
}
