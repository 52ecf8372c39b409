package dev.sublinear.load.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ShareGptTest {
    private static Golden alone(Ask ask) {
        return new Golden(ask.toString(), 1, 1, "length");
    }

    @TempDir
    private Path directory;

    private ShareGpt file(String content) throws IOException {
        return new ShareGpt(Files.writeString(directory.resolve("chats.json"), content), 4, 100);
    }

    private static String chat(String question, int answer) {
        return """
                {"id": "x", "conversations": [{"from": "human", "value": "%s"}, {"from": "gpt", "value": "%s", "more": [1]}]}""".formatted(question, "y".repeat(answer));
    }

    @Test
    void draw_chats_areTheirFirstQuestionAndTheLengthOfItsAnswer() throws IOException {
        List<Ask> asks = file("[" + chat("Why?", 40) + "," + chat("How?", 4_000) + "," + chat("So?", 1) + "]")
                .draw(9, 1, ShareGptTest::alone);

        assertThat(asks.stream().map(ask -> ask.messages().get(0).content())).containsExactly("Why?", "How?", "So?");
        assertThat(asks.stream().map(Ask::maxTokens)).containsExactly(10, 100, 1);
        assertThat(asks).allMatch(ask -> ask.endpoint() == Ask.Endpoint.CHAT);
    }

    @Test
    void draw_chatsWithoutQuestionOrAnswer_areLeftOut() throws IOException {
        String unanswered = "{\"conversations\": [{\"from\": \"human\", \"value\": \"Hello?\"}]}";
        String begunByTheModel =
                "{\"conversations\": [{\"from\": \"gpt\", \"value\": \"a\"}, {\"from\": \"human\", \"value\": \"b\"}]}";

        assertThat(file("[" + unanswered + "," + begunByTheModel + "," + chat("", 3) + "," + chat("Yes?", 3) + "]")
                        .draw(9, 1, ShareGptTest::alone))
                .hasSize(1);
        ShareGpt none = file("[" + unanswered + "]");
        assertThatThrownBy(() -> none.draw(9, 1, ShareGptTest::alone))
                .isInstanceOf(LoadTestException.class)
                .hasMessageContaining("has no conversation");
    }

    @Test
    void draw_fewerThanThereAre_takesEachAsOften() throws IOException {
        StringBuilder content = new StringBuilder("[");
        for (int i = 0; i < 50; i++) {
            content.append(i == 0 ? "" : ",").append(chat("q" + i, 4));
        }
        ShareGpt file = file(content.append("]").toString());
        int late = 0;
        long first = Long.getLong("seed", 0);
        for (long seed = first; seed < first + 200; seed++) {
            List<Ask> drawn = file.draw(10, seed, ShareGptTest::alone);
            assertThat(drawn).hasSize(10).doesNotHaveDuplicates();
            late += (int) drawn.stream()
                    .filter(ask ->
                            Integer.parseInt(ask.messages().get(0).content().substring(1)) >= 25)
                    .count();
        }
        assertThat(late).isBetween(900, 1_100); // of 2,000
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | chats.json must be a JSON array of conversations",
                "[3] | chats.json: entry 0: must be an object",
                "[GOOD, {\"conversations\": 3}] | chats.json: entry 1: conversations must be an array",
                "[GOOD, GOOD, {\"conversations\": [{\"from\": \"human\"}]}] | chats.json: entry 2: each of conversations must",
                "[GOOD, {\"conversations\": [} | chats.json: entry 1: Unexpected",
                "[GOOD, | chats.json: entry 1: ",
                "[GOOD | chats.json: entry 1: ",
                "[GOOD x | chats.json: entry 1: Un",
            })
    void draw_badFile_namesItAndTheEntry(String content, String complaint) throws IOException {
        ShareGpt file = file(content.replace("GOOD", chat("Why?", 4)));

        assertThatThrownBy(() -> file.draw(9, 1, ShareGptTest::alone))
                .isInstanceOf(LoadTestException.class)
                .hasMessageContaining(complaint);
    }
}
