package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Values.Function;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A template of Jinja, as {@code transformers} reads chat templates: {@code trim_blocks} and {@code lstrip_blocks}, loop
 * controls, and the functions raise_exception and strftime_now. It cannot read files, include others, or see anything
 * of Java. May be used by several threads at once.
 */
public final class Template {
    private static final int MAX_SOURCE = 1 << 20;
    private static final int MAX_RANGE = 100_000;

    private final String source;
    private final List<Statement> body;
    private final Set<String> variables;

    private Template(String source, List<Statement> body, Set<String> variables) {
        this.source = source;
        this.body = body;
        this.variables = variables;
    }

    /**
     * Reads a template.
     *
     * @throws TemplateException if the source is longer than 1 Mi characters, is not Jinja, or uses what is not supported;
     *     names the line
     */
    public static Template parse(String source) {
        if (source.length() > MAX_SOURCE) {
            throw new TemplateException(
                    "must not be longer than " + MAX_SOURCE + " characters, was " + source.length());
        }
        StatementParser parser = new StatementParser(source);
        return new Template(source, parser.parse(), parser.variables());
    }

    /** Whether the template reads a variable of this name. */
    public boolean reads(String variable) {
        return variables.contains(variable);
    }

    /** Whether the source of the template contains these characters. */
    public boolean writes(String characters) {
        return source.contains(characters);
    }

    /**
     * Renders the template.
     *
     * @param variables values by name, of Boolean, Integer, Long, Double, String, {@link Text}, List, Map and
     *     {@link #none}; a String counts as written by the template
     * @param clock of strftime_now
     * @throws TemplateException if the template refuses, fails or exceeds a limit; names the line
     */
    public Text render(Map<String, ?> variables, TemplateLimits limits, Clock clock) {
        Meter meter = new Meter(limits);
        Map<String, Object> all = new HashMap<>(functions(clock));
        variables.forEach((name, value) -> all.put(name, Values.of(value)));
        Scope scope = Scope.global(all, meter);
        try {
            Statement.run(body, scope);
            return scope.output();
        } catch (TemplateException e) {
            throw e.at(meter.line());
        }
    }

    /** Python's None. */
    public static Object none() {
        return Values.NONE;
    }

    private static Map<String, Function> functions(Clock clock) {
        return Map.of(
                "raise_exception", Template::raise,
                "strftime_now", (arguments, meter) -> now(arguments.text(0, "format"), clock, meter),
                "namespace", (arguments, meter) -> namespace(arguments),
                "dict", (arguments, meter) -> fields(arguments),
                "range", Template::range);
    }

    private static Object raise(Arguments arguments, Meter meter) {
        throw new TemplateException(
                Values.print(arguments.need(0, "message"), meter).toString());
    }

    private static Object namespace(Arguments arguments) {
        return new Values.Namespace(fields(arguments));
    }

    private static Map<Object, Object> fields(Arguments arguments) {
        Map<Object, Object> fields = new LinkedHashMap<>();
        if (!arguments.positional().isEmpty()) {
            if (!(arguments.positional().get(0) instanceof Map<?, ?> map)) {
                throw new TemplateException("the fields must be a mapping");
            }
            fields.putAll(map);
        }
        arguments.named().forEach((name, value) -> fields.put(Text.written(name), value));
        return fields;
    }

    private static Object range(Arguments arguments, Meter meter) {
        int first = Values.integer(arguments.need(0, "stop"), "range");
        boolean one = arguments.positional().size() == 1;
        long from = one ? 0 : first;
        long to = one ? first : arguments.integer(1, "stop", 0);
        int step = arguments.integer(2, "step", 1);
        if (step == 0) {
            throw new TemplateException("the step of range must not be 0");
        }
        long count = Math.max(0, step > 0 ? (to - from + step - 1) / step : (from - to - step - 1) / -(long) step);
        if (count > MAX_RANGE) {
            throw new TemplateException("range must not have more than " + MAX_RANGE + " numbers, had " + count);
        }
        meter.items(count);
        List<Object> numbers = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            numbers.add(from + i * step);
        }
        return numbers;
    }

    private static Text now(Text format, Clock clock, Meter meter) {
        return format.as(new Strftime(ZonedDateTime.now(clock), meter).format(format.toString()));
    }
}
