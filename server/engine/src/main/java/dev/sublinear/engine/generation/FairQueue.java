package dev.sublinear.engine.generation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Those that wait to run. Tenants take turns so that each gets the same number of tokens, however many requests it
 * sends and however long they are; the requests of one tenant keep their order. Owned by the engine thread.
 *
 * <p>Shreedhar and Varghese, <a href="https://doi.org/10.1145/217382.217453">Efficient Fair Queueing using Deficit Round
 * Robin</a>, 1995.
 */
final class FairQueue {
    /** Tokens that a tenant may spend more, each time that it is its turn. */
    static final long QUANTUM = 1024;

    private final Map<String, Tenant> tenants = new LinkedHashMap<>(); // the first has its turn
    private Optional<SequenceGroup> chosen = Optional.empty();
    private int size;

    private static final class Tenant {
        private final ArrayDeque<SequenceGroup> waiting = new ArrayDeque<>();
        private long deficit;
    }

    void add(SequenceGroup group) {
        tenant(group).waiting.addLast(group);
        size++;
    }

    /** Puts one back that had been taken: before its tenant's others. */
    void addFirst(SequenceGroup group) {
        Tenant tenant = tenant(group);
        tenant.waiting.addFirst(group);
        tenant.deficit += group.cost(); // paid for already
        chosen = chosen.filter(
                other -> !other.request().tenant().equals(group.request().tenant()));
        size++;
    }

    private Tenant tenant(SequenceGroup group) {
        return tenants.computeIfAbsent(group.request().tenant(), name -> new Tenant());
    }

    /**
     * Returns whose turn it is. It stays its turn until it is removed, so that nothing overtakes what waits for memory, but for
     * those of other tenants when its own may not run more.
     *
     * @param mayRun which tenants may run more; if none of those that wait may, all may
     */
    Optional<SequenceGroup> next(Predicate<String> mayRun) {
        if (size > 0) {
            boolean any = tenants.keySet().stream().anyMatch(mayRun);
            chosen = chosen.filter(group -> !any || mayRun.test(group.request().tenant()));
            if (chosen.isEmpty()) {
                chosen = Optional.of(choose(any ? mayRun : name -> true));
            }
        }
        return chosen;
    }

    private SequenceGroup choose(Predicate<String> mayRun) {
        while (true) {
            for (Map.Entry<String, Tenant> entry : List.copyOf(tenants.entrySet())) {
                Tenant tenant = entry.getValue();
                SequenceGroup first = tenant.waiting.element();
                if (mayRun.test(entry.getKey())) {
                    if (first.cost() <= tenant.deficit) {
                        return first;
                    }
                    tenant.deficit += QUANTUM;
                }
                tenants.remove(entry.getKey()); // to the end of the line
                tenants.put(entry.getKey(), tenant);
            }
        }
    }

    /** Takes one out, to run or not; returns whether it was there. */
    boolean remove(SequenceGroup group, boolean runs) {
        Tenant tenant = tenants.get(group.request().tenant());
        if (tenant == null || !tenant.waiting.remove(group)) {
            return false;
        }
        size--;
        chosen = chosen.filter(other -> other != group);
        if (runs) {
            tenant.deficit -= group.cost();
        }
        if (tenant.waiting.isEmpty()) {
            tenants.remove(group.request().tenant()); // who waits for nothing saves nothing up
        }
        return true;
    }

    int size() {
        return size;
    }

    List<SequenceGroup> all() {
        List<SequenceGroup> all = new ArrayList<>();
        tenants.values().forEach(tenant -> all.addAll(tenant.waiting));
        return all;
    }
}
