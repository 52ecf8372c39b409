package dev.sublinear.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.jsonPath;
import static io.gatling.javaapi.core.CoreDsl.regex;
import static io.gatling.javaapi.core.CoreDsl.repeat;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.core.CoreDsl.substring;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.sse;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.ScenarioBuilder;
import io.gatling.javaapi.core.Session;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/** What users do. Each is one user's visit. */
final class Scenarios {
    private static final int TURNS = 4;
    private static final int LONG_PROMPT = Integer.getInteger("longPrompt", 8_000);
    private static final int PATIENCE_SECONDS = 120;
    private static final String MESSAGES = "messages";
    private static final String ANSWER = "answer";

    private Scenarios() {}

    /** A question in a chat; the answer is read as it comes. */
    static ScenarioBuilder chat() {
        return scenario("chat")
                .exec(stream(
                        "chat",
                        "/v1/chat/completions",
                        session -> "{\"messages\":[" + message("user", prose(200))
                                + "],\"max_tokens\":32,\"stream\":true}",
                        "\\\\?\"content\\\\?\":\\\\?\"[^\"\\\\]"));
    }

    /** A text to go on with; the answer comes at once. */
    static ScenarioBuilder completions() {
        return scenario("completions")
                .exec(http("completion")
                        .post("/v1/completions")
                        .body(StringBody(session -> "{\"prompt\":\"" + prose(200) + "\",\"max_tokens\":32}"))
                        .check(
                                status().is(200),
                                jsonPath("$.choices[0].finish_reason").in("length", "stop")));
    }

    /** A long document; the answer is read as it comes. {@code -DlongPrompt} is its length in characters. */
    static ScenarioBuilder longContext() {
        return scenario("long context")
                .exec(stream(
                        "long context",
                        "/v1/completions",
                        session -> "{\"prompt\":\"" + prose(LONG_PROMPT) + "\",\"max_tokens\":16,\"stream\":true}",
                        "\\\\?\"text\\\\?\":\\\\?\"[^\"\\\\]"));
    }

    /** A chat that grows: each question comes after all that was said before, and some time to think. */
    static ScenarioBuilder conversations() {
        ChainBuilder turn = exec(session -> said(session, "user", prose(150)))
                .exec(http("turn")
                        .post("/v1/chat/completions")
                        .body(StringBody(
                                session -> "{\"messages\":[" + session.getString(MESSAGES) + "],\"max_tokens\":24}"))
                        .check(
                                status().is(200),
                                jsonPath("$.choices[0].message.content").saveAs(ANSWER)))
                .exitHereIfFailed()
                .exec(session -> said(session, "assistant", quoted(session.getString(ANSWER))))
                .pause(Duration.ofMillis(200), Duration.ofSeconds(1));
        return scenario("conversations")
                .exec(session -> session.set(MESSAGES, ""))
                .exec(repeat(TURNS).on(turn));
    }

    private static ChainBuilder stream(String name, String path, Function<Session, String> body, String firstToken) {
        return exec(sse(name + ", to the first token")
                        .post(path)
                        .body(StringBody(body))
                        .await(PATIENCE_SECONDS)
                        .on(sse.checkMessage("first token")
                                .matching(regex(firstToken))
                                .check(regex(firstToken))))
                .exec(sse(name + ", to the end")
                        .setCheck()
                        .await(PATIENCE_SECONDS)
                        .on(sse.checkMessage("end")
                                .matching(substring("[DONE]"))
                                .check(substring("[DONE]"))))
                .exec(sse(name + ", close").close());
    }

    private static Session said(Session session, String role, String content) {
        String before = session.getString(MESSAGES);
        return session.set(MESSAGES, (before.isEmpty() ? "" : before + ",") + message(role, content));
    }

    private static String message(String role, String quotedContent) {
        return "{\"role\":\"" + role + "\",\"content\":\"" + quotedContent + "\"}";
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder();
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.toString();
    }

    /** Words, so many characters of them. */
    private static String prose(int characters) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        StringBuilder text = new StringBuilder();
        while (text.length() < characters) {
            for (int letters = random.nextInt(2, 9); letters > 0; letters--) {
                text.append((char) ('a' + random.nextInt(26)));
            }
            text.append(' ');
        }
        return text.substring(0, characters);
    }
}
