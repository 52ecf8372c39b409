package dev.sublinear.engine.settings;

import java.util.List;

/** A configuration that cannot be used: each fault tells the key, the rule and the value. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> faults;

    public ConfigException(List<String> faults) {
        super(faults.size() == 1 ? faults.get(0) : "the configuration is wrong:\n  " + String.join("\n  ", faults));
        this.faults = List.copyOf(faults);
    }

    public List<String> faults() {
        return faults;
    }
}
