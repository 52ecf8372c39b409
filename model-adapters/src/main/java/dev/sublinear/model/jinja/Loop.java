package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Values.Undefined;
import java.util.List;

/** The variable {@code loop}: which item a loop is at, and which are beside it. */
final class Loop {
    private final List<?> items;
    private int index;
    private Object changed = new Undefined("changed");

    Loop(List<?> items) {
        this.items = items;
    }

    void at(int now) {
        index = now;
    }

    Object field(String name) {
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) items.size() - index;
            case "revindex0" -> items.size() - index - 1L;
            case "first" -> index == 0;
            case "last" -> index == items.size() - 1;
            case "length" -> (long) items.size();
            // Only recursive loops, which are not supported, are ever deeper.
            case "depth" -> 1L;
            case "depth0" -> 0L;
            case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("loop.previtem");
            case "nextitem" -> index + 1 < items.size() ? items.get(index + 1) : new Undefined("loop.nextitem");
            case "cycle" -> (Values.Function) (arguments, meter) -> cycle(arguments);
            case "changed" -> (Values.Function) (arguments, meter) -> changed(arguments);
            default -> new Undefined("loop." + name);
        };
    }

    private Object cycle(Arguments arguments) {
        List<Object> values = arguments.positional();
        if (values.isEmpty()) {
            throw new TemplateException("loop.cycle must have something to choose from");
        }
        return values.get(index % values.size());
    }

    private Object changed(Arguments arguments) {
        boolean differs = !Values.same(changed, arguments.positional());
        changed = arguments.positional();
        return differs;
    }
}
