package dev.sublinear.engine.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The faults of a configuration, collected so that one exception reports all of them. */
public final class Faults {
    private final List<String> found = new ArrayList<>();

    public void require(boolean holds, String rule, Object... values) {
        if (!holds) {
            found.add(String.format(Locale.ROOT, rule, values));
        }
    }

    public void add(String fault) {
        found.add(fault);
    }

    public void addAll(List<String> faults) {
        found.addAll(faults);
    }

    /**
     * Refuses the configuration if it has a fault.
     *
     * @throws ConfigException with all that were found
     */
    public void raise() {
        if (!found.isEmpty()) {
            throw new ConfigException(found);
        }
    }
}
