package dev.sublinear.evaluation.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.evaluation.attention.OracleLoss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResultLogTest {
    private static final OracleLoss LOSS = new OracleLoss(128, "log n", 16, 0.25);

    @TempDir
    private Path directory;

    private Path file = Path.of("");

    @BeforeEach
    void chooseFile() {
        file = directory.resolve("results.jsonl");
    }

    @Test
    void find_inANewStoreOfTheSameFile_isWhatWasAdded() {
        new ResultLog(file).add("a", LOSS);

        assertThat(new ResultLog(file).find("a", OracleLoss.class)).contains(LOSS);
        assertThat(new ResultLog(file).find("b", OracleLoss.class)).isEmpty();
    }

    @Test
    void open_lastLineCutShort_keepsTheOthersAndGoesOn() throws IOException {
        new ResultLog(file).add("a", LOSS);
        Files.writeString(file, "{\"key\":\"b\",\"res", StandardOpenOption.APPEND);

        new ResultLog(file).add("c", LOSS);

        ResultLog again = new ResultLog(file);
        assertThat(again.has("a")).isTrue();
        assertThat(again.has("b")).isFalse();
        assertThat(again.has("c")).isTrue();
    }

    @Test
    void open_lineThatIsNoResult_namesIt() throws IOException {
        Files.writeString(file, "{\"key\":\"a\",\"result\":1}\nhello\n");

        assertThatThrownBy(() -> new ResultLog(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file + ": line 2 is not a result of an evaluation; move the file away");
    }

    @Test
    void find_resultOfAnotherShape_saysSo() throws IOException {
        Files.writeString(file, "{\"key\":\"a\",\"result\":{\"colour\":1}}\n");

        assertThatThrownBy(() -> new ResultLog(file).find("a", OracleLoss.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("a was written by another version; move the file away");
    }
}
