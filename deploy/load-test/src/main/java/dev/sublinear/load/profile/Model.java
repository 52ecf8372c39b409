package dev.sublinear.load.profile;

import dev.sublinear.load.client.Outcome.Slo;
import dev.sublinear.load.workload.LogNormalLengths;
import dev.sublinear.load.workload.Prose;
import dev.sublinear.load.workload.Workload;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A model that profiles load.
 *
 * @param title what reports call it
 * @param options of {@code serve}
 * @param prose that it is asked in
 * @param warmUpRequests until its server's code has been compiled
 */
record Model(String title, List<String> options, Prose prose, int warmUpRequests) {
    /** The place of the directory that the launcher lies in, in options. */
    static final String DEPLOY = "{deploy}";

    static final Model FIXTURE = new Model(
            "the fixture model",
            List.of("--model", DEPLOY + "/models/fixture-5m", "--precision", "f32"),
            Prose.OF_WORDS,
            200);
    static final Model STUB = new Model("the stub", List.of("--model", "stub:"), Prose.OF_BYTES, 5_000);

    /** What a chat is expected to be like. */
    static final Slo CHAT = new Slo(Duration.ofSeconds(1), Duration.ofMillis(100));

    /** A stub that gives each sequence so many tokens a second. */
    static List<String> stub(int tokensPerSecond) {
        return List.of("--model", "stub:tokens-per-second=" + tokensPerSecond);
    }

    /** Settings of a server that runs, and lets wait, so many requests. */
    static Map<String, String> room(int running, int waiting) {
        Map<String, String> settings = new HashMap<>();
        settings.put("SUBLINEAR_ENGINE_MAX_RUNNING", String.valueOf(running));
        settings.put("SUBLINEAR_ENGINE_MAX_BATCH_TOKENS", String.valueOf(running + 512));
        settings.put("SUBLINEAR_ENGINE_QUEUE_LIMIT", String.valueOf(waiting));
        return settings;
    }

    /** The same without memory of prompts, so that nothing may be left once all have been answered. */
    static Map<String, String> forgetful(int running, int waiting) {
        Map<String, String> settings = room(running, waiting);
        settings.put("SUBLINEAR_ENGINE_PREFIX_SHARE", "0");
        return settings;
    }

    /** Conversations, documents and questions of the usual lengths. */
    Workload usual(int medianPrompt, int medianAnswer) {
        return new LogNormalLengths(
                prose,
                new LogNormalLengths.Length(medianPrompt, 0.8, 8 * medianPrompt),
                new LogNormalLengths.Length(medianAnswer, 0.6, 4 * medianAnswer));
    }
}
