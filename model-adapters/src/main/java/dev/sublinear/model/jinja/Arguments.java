package dev.sublinear.model.jinja;

import java.util.List;
import java.util.Map;

/** The values that a function, filter or test is called with, by place and by name. */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /** The argument at this place, else the one of this name; undefined if there is neither. */
    Object get(int index, String name) {
        if (index < positional.size()) {
            return positional.get(index);
        }
        Object value = named.get(name);
        return value == null ? new Values.Undefined(name) : value;
    }

    Object or(int index, String name, Object otherwise) {
        Object value = get(index, name);
        return value instanceof Values.Undefined ? otherwise : value;
    }

    Object need(int index, String name) {
        Object value = get(index, name);
        if (value instanceof Values.Undefined) {
            throw new TemplateException("argument \"" + name + "\" is missing");
        }
        return value;
    }

    Text text(int index, String name) {
        return Values.text(need(index, name), name);
    }

    Text text(int index, String name, String otherwise) {
        Object value = get(index, name);
        return value instanceof Values.Undefined ? Text.written(otherwise) : Values.text(value, name);
    }

    int integer(int index, String name, int otherwise) {
        Object value = or(index, name, Values.NONE);
        return value == Values.NONE ? otherwise : Values.integer(value, name);
    }

    /** The arguments without the first: those that {@code map('filter', ...)} hands to the filter that it names. */
    Arguments rest() {
        return new Arguments(positional.subList(Math.min(1, positional.size()), positional.size()), named);
    }
}
