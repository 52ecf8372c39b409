package dev.sublinear.model.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The variables of a block, the scope around it, and the output that the block prints to. */
final class Scope {
    private final @Nullable Scope around;
    private final Map<String, Object> variables = new HashMap<>();
    private final Text.Builder out;
    private final Meter meter;

    private Scope(@Nullable Scope around, Text.Builder out, Meter meter) {
        this.around = around;
        this.out = out;
        this.meter = meter;
    }

    static Scope global(Map<String, Object> variables, Meter meter) {
        Scope scope = new Scope(null, new Text.Builder(), meter);
        scope.variables.putAll(variables);
        return scope;
    }

    /** A scope inside this one: variables that are set there end with it. */
    Scope inner() {
        return new Scope(this, out, meter);
    }

    /** A scope inside this one that prints to an output of its own. */
    Scope captured() {
        return new Scope(this, new Text.Builder(), meter);
    }

    Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.around) {
            Object value = scope.variables.get(name);
            if (value != null) {
                return value;
            }
        }
        return new Values.Undefined(name);
    }

    void set(String name, Object value) {
        variables.put(name, value);
    }

    void print(Text text) {
        meter.text(text.units());
        meter.output(out.units() + (long) text.units());
        out.append(text);
    }

    Text output() {
        return out.build();
    }

    Meter meter() {
        return meter;
    }
}
