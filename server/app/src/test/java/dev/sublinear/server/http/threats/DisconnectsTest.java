package dev.sublinear.server.http.threats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.http.RawClient;
import dev.sublinear.server.http.TestServer;
import dev.sublinear.testing.Seed;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Row H8 of the threats, counted in steps: the model takes one only when it is allowed to. */
final class DisconnectsTest {
    private static final int DISCONNECTS = 10_000;
    private static final int AT_ONCE = 40; // some run, the others wait
    private static final String TEXT = "In the city of silence, the city of light. ";
    private static final int TOKENS = 8_000;
    private static final int START = TEXT.indexOf(ScriptedModel.TOKENIZER.decode(
            new int[] {ScriptedModel.TOKENIZER.encode(TEXT)[3]})); // after the prompt of three

    private final ScriptedModel model = ScriptedModel.repeating(TEXT);
    private final TestServer server = TestServer.patient(model, TestServer.CONFIG);

    /** While they come and go, a control client's stream goes on, step by step, and must be the golden text. */
    @Test
    void h8_clientsThatLeaveAtAnyPoint_areFreedWithinAStep() throws Exception {
        Awaitility.setDefaultPollInterval(Duration.ofMillis(1));
        long seed = Seed.fresh();
        Random random = new Random(seed);
        try (RawClient control = new RawClient(server.connect());
                RawClient prober = new RawClient(server.connect())) {
            prober.ask("/v1/completions", "{\"prompt\":[1],\"max_tokens\":1}"); // so that every thread has begun
            Leftovers before = Leftovers.before(server);
            model.hold();
            control.post("/v1/completions", asked(true));
            model.allow(1);
            await().until(() -> server.status().running() == 1);
            long each = server.status().reservedBytes();
            for (int gone = 0; gone < DISCONNECTS; gone += AT_ONCE) {
                List<RawClient> clients = crowd(random);
                while (!clients.isEmpty()) {
                    leave(clients, random);
                    await("seed " + seed).until(() -> server.http().connections() == clients.size() + 2);
                    probe(prober); // by now the event loop has told the engine
                    requireFreed(Math.min(TestServer.RUNNING, clients.size() + 1), each, "seed " + seed);
                }
            }
            assertThat(model.chunks()).as("the control client's own").hasSizeLessThan(TOKENS);
            model.allow(TOKENS);
            String all = text(control);
            assertThat(all)
                    .isEqualTo(TEXT.repeat(all.length() / TEXT.length() + 2).substring(START, START + all.length()));
            before.requireNone(2);
        } finally {
            model.allow(1_000_000);
            Awaitility.setDefaultPollInterval(Duration.ofMillis(5));
            server.close();
        }
    }

    /** All of them in the queue: the engine is in the middle of a step. */
    private List<RawClient> crowd(Random random) throws IOException {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            RawClient client = new RawClient(server.connect());
            client.post("/v1/completions", asked(random.nextBoolean()));
            clients.add(client);
        }
        await().until(() -> server.engine().queued() == AT_ONCE);
        return clients;
    }

    private static String asked(boolean streams) {
        return "{\"prompt\":[5,6,7],\"max_tokens\":" + TOKENS + ",\"temperature\":0,\"stream\":" + streams + "}";
    }

    private static void leave(List<RawClient> clients, Random random) throws IOException {
        for (int leaving = 1 + random.nextInt(clients.size()); leaving > 0; leaving--) {
            RawClient client = clients.remove(random.nextInt(clients.size()));
            if (random.nextBoolean()) {
                client.socket().setSoLinger(true, 0); // RST; else FIN, or RST if something has come that was not read
            }
            client.close();
        }
    }

    /** The step in progress must be the last of all that have left: in the next, only the others take part. */
    private void requireFreed(int running, long each, String seed) {
        int steps = model.chunks().size();
        model.allow(2);
        await(seed).until(() -> model.chunks().size() == steps + 2);
        assertThat(model.chunks().get(steps + 1)).as(seed).hasSize(running);
        await(seed).until(() -> server.status().running() == running);
        assertThat(server.status().reservedBytes()).as(seed).isEqualTo(running * each);
    }

    private static void probe(RawClient prober) throws IOException {
        prober.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(prober.read().status()).isEqualTo(200);
    }

    private static String text(RawClient control) throws IOException {
        StringBuilder text = new StringBuilder();
        control.head();
        for (String line = control.line(); !line.equals("data: [DONE]"); line = control.line()) {
            int at = line.indexOf("\"text\":\"");
            if (at >= 0) {
                text.append(line, at + 8, line.indexOf('"', at + 8));
            }
        }
        return text.toString();
    }
}
