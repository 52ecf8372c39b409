package dev.sublinear.model.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-24T21:05:09Z"), ZoneOffset.UTC);
    private static final TemplateLimits LIMITS = new TemplateLimits(100_000, 100_000, Duration.ofMinutes(1));

    static Stream<JsonNode> expressions() {
        return StreamSupport.stream(json("expressions.json").path("expressions").spliterator(), false);
    }

    /** An expression that jinja2 refuses, for any reason, must be refused here. */
    @ParameterizedTest
    @MethodSource("expressions")
    void render_expression_isWhatJinja2Makes(JsonNode golden) {
        String source = golden.path("source").textValue();
        Map<String, Object> context = new LinkedHashMap<>();
        json("context.json").properties().forEach(entry -> context.put(entry.getKey(), value(entry.getValue())));

        if (golden.has("error")) {
            assertThatThrownBy(() -> render(source, context))
                    .as(source)
                    .isInstanceOf(TemplateException.class)
                    .hasMessageMatching("(?s).+ \\(line \\d+\\)");
        } else {
            assertThat(render(source, context))
                    .as(source)
                    .isEqualTo(golden.path("text").textValue());
        }
    }

    @Test
    void render_strftimeNow_tellsTheClock() {
        assertThat(render("{{ strftime_now('%d %b %Y, %A %B %H:%M:%S %p %j %y %%') }}", Map.of()))
                .isEqualTo("24 Nov 2026, Tuesday November 21:05:09 PM 328 26 %");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{% endfor %}{% endfor %}{% endfor %}",
                "{% for a in range(99999) %}{% set b = range(99999) | list %}{% endfor %}",
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
                "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(30) }}",
                "{% set n = namespace(x='a') %}{% for i in range(99999) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
                "{% set n = namespace(x=[1]) %}{% for i in range(99999) %}{% set n.x = n.x + n.x %}{% endfor %}",
                "{% set n = namespace(x=[]) %}{% for i in range(999) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x }}",
                "{% set n = namespace(x=[]) %}{% for i in range(999) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x | tojson }}",
                "{% set n = namespace(x=[]) %}{% for i in range(999) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x == [n.x] }}",
                "{% for i in range(99999) %}{{ 'padding padding padding' }}{% endfor %}",
                "{% set x = 'a' * 99999 %}{{ x.replace('a', x) }}",
                "{% set x = 'a' * 99999 %}{{ x.split('') }}",
                "{% set x = ('a' * 9999) | list %}{{ x | join('b' * 9999) }}",
                "{{ ('a⏎' * 9999) | indent(256) }}",
                "{{ [1, [2, [3]]] | tojson(indent=999999) }}",
                "{{ 'a' * 999999999 }}",
                "{{ 'a' * 99999999999999999999 }}",
                "{{ ('%s' * 9999) % (['a' * 999] * 9999) }}",
                "{{ 9 ** 9 ** 9 ** 9 }}",
                "{{ 9223372036854775807 + 1 }}",
                "{{ range(999999999999) }}",
                "{{ range(100001) }}",
                "{{ ''.__class__ }}",
                "{{ ''.__class__.__mro__[1].__subclasses__() }}",
                "{{ messages.getClass().forName('java.lang.Runtime') }}",
                "{{ [].__class__ }}",
                "{{ {}['__class__'] }}",
                "{{ ''|attr('__class__') }}",
                "{{ ['a']|map(attribute='__class__')|list }}",
                "{{ raise_exception.__globals__ }}",
                "{{ lipsum.__globals__.os }}",
                "{{ self._TemplateReference__context }}",
            })
    void render_malicious_isRefusedWithinBounds(String source) {
        assertThatThrownBy(() -> render(source.replace('⏎', '\n'), Map.of("messages", List.of())))
                .isInstanceOf(TemplateException.class)
                .hasMessageMatching("(?s).+ \\(line \\d+\\)");
    }

    @Test
    void parse_deepOrLong_isRefused() {
        for (String source : List.of(
                "{{ " + "(".repeat(99_999) + "1" + ")".repeat(99_999) + " }}",
                "{{ " + "not ".repeat(99_999) + "1 }}",
                "{{ " + "-".repeat(99_998) + " 1 }}",
                "{{ 1" + " + 1".repeat(99_999) + " }}",
                "{{ a" + ".b".repeat(99_999) + " }}",
                "{{ a" + "|trim".repeat(99_999) + " }}",
                "{{ 1" + " if 1 else 1".repeat(9_999) + " }}",
                "{% if 1 %}".repeat(9_999),
                "x".repeat((1 << 20) + 1))) {
            assertThatThrownBy(() -> Template.parse(source)).isInstanceOf(TemplateException.class);
        }
    }

    @Test
    void parse_unknownFilter_tellsLineAndNames() {
        assertThatThrownBy(() -> Template.parse("a\n\n{{ x | shell }}"))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("filter must be one of [abs, ")
                .hasMessageContaining("was shell (line 3)");
    }

    @Test
    void render_failing_tellsTheLine() {
        assertThatThrownBy(() -> render("a\n{% if x %}\n{% endif %}\n{{ x.y }}", Map.of()))
                .isInstanceOf(TemplateException.class)
                .hasMessage("\"x\" is undefined (line 4)");
    }

    @Test
    void render_longerThanItsTime_isRefused() {
        TemplateLimits none = new TemplateLimits(1_000_000, 1_000_000, Duration.ZERO);

        assertThatThrownBy(() -> Template.parse("{% for i in range(9999) %}{{ i }}{% endfor %}")
                        .render(Map.of(), none, CLOCK))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("must not take longer than 0 ms");
    }

    @Test
    void render_givenText_staysGiven() {
        Map<String, Object> context = Map.of("c", Text.given(" ab "));
        for (String source : List.of(
                "<{{ c }}>",
                "<{{ c.strip() }}>",
                "<{{ c | trim | upper }}>",
                "<{{ c[1:3] }}>",
                "<{{ [c] }}>",
                "<{{ c | tojson }}>",
                "<{{ c.split('a') | join('-') }}>",
                "<{{ '%s' % c }}>",
                "<{{ '{}'.format(c) }}>",
                "<{{ 'x'.replace('x', c) }}>",
                "<{{ c | list | last }}>",
                "<{% set x %}{{ c }}{% endset %}{{ x }}>",
                "{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(c) }}",
                "<{{ c | indent }}>",
                "<{{ {'k': c} }}>",
                "<{{ [c, c] | map('title') | join }}>",
                "<{{ c.title() ~ 1 }}>",
                "<{{ c | e }}>")) {
            Text text = Template.parse(source).render(context, LIMITS, CLOCK);

            assertThat(text.isGiven(1, text.toString().length() - 1)).as(source).isTrue();
            assertThat(text.isGiven(0, 1)).as(source).isFalse();
            assertThat(text.isGiven(
                            text.toString().length() - 1, text.toString().length()))
                    .as(source)
                    .isFalse();
        }
    }

    /** Python counts from the end, and what lies between the parts is the text's, not the template's. */
    @Test
    void render_rsplitOfGivenText_keepsItsSeparatorsGiven() {
        Template template = Template.parse("{{ c.rsplit('<x>', 1)[0] }}");

        Text text = template.render(Map.of("c", Text.given("a<x>b<x>c")), LIMITS, CLOCK);

        assertThat(text).hasToString("a<x>b");
        assertThat(IntStream.range(0, 5)).allMatch(at -> text.isGiven(at, at + 1));
        assertThat(Template.parse("{{ 'baaa'.rsplit('aa', 1) }} {{ 'a.b.c'.rsplit('.', 0) }} {{ 'a.b'.rsplit('.') }}")
                        .render(Map.of(), LIMITS, CLOCK))
                .hasToString("['ba', ''] ['a.b.c'] ['a', 'b']");
    }

    @Test
    void reads_variable_isToldOfAnyPlace() {
        Template template = Template.parse("{% for m in messages %}{% if not (a[b] | d(c)) %}{% endif %}{% endfor %}");

        assertThat(List.of("messages", "a", "b", "c")).allMatch(template::reads);
        assertThat(template.reads("tools")).isFalse();
    }

    private static String render(String source, Map<String, Object> context) {
        return Template.parse(source).render(context, LIMITS, CLOCK).toString();
    }

    private static Object value(JsonNode node) {
        return node.isNull() ? Template.none() : JSON.convertValue(node, Object.class);
    }

    private static JsonNode json(String name) {
        try (InputStream in = Objects.requireNonNull(TemplateTest.class.getResourceAsStream("/chat/" + name))) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
