package dev.sublinear.model.jinja;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/** Reads any text as a chat template and renders a chat with it. For Jazzer, see {@code deploy/fuzz}. */
public final class TemplateFuzzer {
    private static final TemplateLimits LIMITS = new TemplateLimits(20_000, 10_000, Duration.ofSeconds(1));
    private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    private static final Map<String, ?> VARIABLES = Map.of(
            "messages",
            List.of(
                    Map.of("role", "system", "content", Text.given("Be brief.")),
                    Map.of("role", "user", "content", Text.given("<s> {{ x }}"))),
            "tools",
            Template.none(),
            "bos_token",
            "<s>",
            "add_generation_prompt",
            true);

    private TemplateFuzzer() {}

    /** What Jazzer calls first: classes are loaded here, which takes longer than an input may. */
    public static void fuzzerInitialize() {
        fuzzerTestOneInput("{{ messages | length }}".getBytes(StandardCharsets.UTF_8));
    }

    /** What Jazzer calls. Only a {@link TemplateException} may come of it. */
    public static void fuzzerTestOneInput(byte[] input) {
        try {
            Text text =
                    Template.parse(new String(input, StandardCharsets.UTF_8)).render(VARIABLES, LIMITS, CLOCK);
            if (text.toString().length() > LIMITS.characters()) {
                throw new IllegalStateException("the output is longer than its limit");
            }
        } catch (TemplateException e) {
            return; // not Jinja, or beyond a limit
        }
    }
}
