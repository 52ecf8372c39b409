package dev.sublinear.model.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class StrftimeTest {
    private static final TemplateLimits LIMITS = new TemplateLimits(1_000_000, 1_000_000, Duration.ofSeconds(10));

    /** From {@code src/test/python/strftime_golden.py}. */
    private static JsonNode goldens() throws IOException {
        return new ObjectMapper()
                .readTree(Path.of("src/test/resources/chat/strftime.json").toFile());
    }

    private static Stream<Map.Entry<String, JsonNode>> times() throws IOException {
        return goldens().get("texts").properties().stream();
    }

    @ParameterizedTest
    @MethodSource("times")
    void format_anyConversion_isWhatPythonWrites(Map.Entry<String, JsonNode> golden) throws IOException {
        ZonedDateTime time = LocalDateTime.parse(golden.getKey()).atZone(ZoneOffset.UTC);
        JsonNode formats = goldens().get("formats");
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < formats.size(); i++) {
            String format = formats.get(i).textValue();
            String right = golden.getValue().get(i).textValue();
            String written = new Strftime(time, new Meter(LIMITS)).format(format);
            if (!written.equals(right)) {
                wrong.add(format + " is \"" + right + "\", was \"" + written + "\"");
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void render_strftimeNow_isOfTheClocksZone() {
        Clock clock = Clock.fixed(Instant.parse("2026-11-24T23:05:09Z"), ZoneId.of("Europe/Oslo"));
        assertThat(Template.parse("{{ strftime_now('%-d %B %Y %H|%Z|%z|%s') }}")
                        .render(Map.of(), LIMITS, clock)
                        .toString())
                .isEqualTo("25 November 2026 00|||1795561509");
    }

    @Test
    void render_widthWithoutEnd_isBounded() {
        Template template = Template.parse("{% for i in range(99) %}{{ strftime_now('%99999999999d') }}{% endfor %}");
        assertThatThrownBy(() -> template.render(Map.of(), LIMITS, Clock.systemUTC()))
                .isInstanceOf(TemplateException.class);
    }
}
