package dev.sublinear.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What is wrong with a configuration, gathered so that all of it is said at once. */
final class Faults {
    private final List<String> found = new ArrayList<>();

    void require(boolean holds, String rule, Object... values) {
        if (!holds) {
            found.add(String.format(Locale.ROOT, rule, values));
        }
    }

    void add(String fault) {
        found.add(fault);
    }

    void addAll(List<String> faults) {
        found.addAll(faults);
    }

    /** @throws ConfigException if there is any */
    void raise() {
        if (!found.isEmpty()) {
            throw new ConfigException(found);
        }
    }
}
