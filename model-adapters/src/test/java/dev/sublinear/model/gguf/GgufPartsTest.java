package dev.sublinear.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model in several files. */
final class GgufPartsTest {
    @TempDir
    private Path directory;

    private Path part(int number, int count, int tensors) {
        return new GgufBuilder()
                .u32("split.no", number - 1)
                .u32("split.count", count)
                .u32("split.tensors.count", tensors)
                .floats("t" + number, new float[] {number}, 1)
                .write(directory, String.format("m-%05d-of-%05d.gguf", number, count));
    }

    @Test
    void open_threeParts_hasTheTensorsOfAll() {
        Path first = part(1, 3, 3);
        part(2, 3, 3);
        part(3, 3, 3);

        try (GgufParts parts = GgufParts.open(first)) {
            assertThat(parts.names()).containsExactlyInAnyOrder("t1", "t2", "t3");
            assertThat(parts.vector("t3", 1)).containsExactly(3);
            parts.verifyUnchanged();
        }
    }

    @Test
    void open_partMissing_isRefusedByItsName() {
        Path first = part(1, 2, 2);

        assertRefused(first, "m-00002-of-00002.gguf: no such file");
    }

    @Test
    void open_laterPart_namesTheFirst() {
        part(1, 2, 2);

        assertRefused(part(2, 2, 2), "is part 00002 of 2; name the first, \"m-00001-of-00002.gguf\"");
    }

    @Test
    void open_partOfAnotherModel_isRefused() {
        Path first = part(1, 2, 2);
        new GgufBuilder().u32("split.no", 0).u32("split.count", 2).write(directory, "m-00002-of-00002.gguf");

        assertRefused(first, "m-00002-of-00002.gguf: must be part 2 of 2, \"split.no\" was 0");
    }

    @Test
    void open_sameTensorInTwoParts_isRefused() {
        Path first = part(1, 2, 2);
        new GgufBuilder()
                .u32("split.no", 1)
                .u32("split.count", 2)
                .floats("t1", new float[] {2}, 1)
                .write(directory, "m-00002-of-00002.gguf");

        assertRefused(first, "tensor \"t1\" must be in one part, is also in m-00001-of-00002.gguf");
    }

    @Test
    void open_fewerTensorsThanSaid_isRefused() {
        Path first = part(1, 2, 3);
        part(2, 2, 3);

        assertRefused(first, "\"split.tensors.count\" must be the tensors of all parts, 2, was 3");
    }

    @Test
    void open_countThatIsNotThatOfTheName_isRefused() {
        Path path = new GgufBuilder().u32("split.no", 0).u32("split.count", 2).write(directory, "m.gguf");

        assertRefused(path, "\"split.count\" must be that of the file's name");
    }

    private static void assertRefused(Path path, String message) {
        assertThatThrownBy(() -> GgufParts.open(path).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }
}
