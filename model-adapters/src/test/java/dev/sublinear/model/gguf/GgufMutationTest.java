package dev.sublinear.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file cut or changed anywhere is read, or refused as a checkpoint, and never costs more memory than a right one. */
@Tag("slow")
final class GgufMutationTest {
    private static final long MOST_BYTES = 16 << 20;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    private Path directory;

    /** The first of all loads classes, which counts for no other. */
    @BeforeEach
    void openOnce() {
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(TinyGguf.whole().write(directory))) {
            checkpoint.tokenizer();
        }
        assertThat(isRead(TinyGguf.whole().build())).isTrue();
    }

    @Test
    void open_cutAnywhere_isRefused() {
        byte[] whole = TinyGguf.whole().build();
        int read = 0;
        for (int length = 0; length < whole.length; length++) {
            read += isRead(Arrays.copyOf(whole, length)) ? 1 : 0;
        }
        assertThat(read)
                .as("read though cut, but for what pads the last tensor")
                .isLessThan(32);
    }

    /** All bits of a byte, its lowest, its highest. */
    @ParameterizedTest
    @ValueSource(ints = {0xff, 0x01, 0x80})
    void open_anyByteChanged_isReadOrRefused(int flipped) {
        byte[] whole = TinyGguf.whole().build();
        int refused = 0;
        for (int at = 0; at < whole.length; at++) {
            byte[] changed = whole.clone();
            changed[at] ^= (byte) flipped;
            refused += isRead(changed) ? 0 : 1;
        }
        assertThat(refused).isGreaterThan(whole.length / 8);
    }

    /** The library that takes the JVM with it where it panics does so for no vocabulary that gets through. */
    @Test
    void open_anyByteChanged_givesATokenizerOrIsRefused() {
        byte[] whole = TinyGguf.whole().build();
        for (int at = 24; at < whole.length; at++) {
            byte[] changed = whole.clone();
            changed[at] ^= 0x03;
            Path path = GgufBuilder.write(directory, "x.gguf", changed);
            try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path);
                    Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
                assertThat(tokenizer.encode("ab 12")).isNotNull();
                ChatTemplate.of(checkpoint, tokenizer);
            } catch (CheckpointException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
    }

    /** Whether all of it could be read; what else than a refusal comes out fails the test. */
    private boolean isRead(byte[] file) {
        Path path = GgufBuilder.write(directory, "x.gguf", file);
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
            readWeights(checkpoint);
            checkpoint.templates();
            checkpoint.tokenizer();
            return true;
        } catch (CheckpointException e) {
            assertThat(e).hasMessageNotContaining("null");
            return false;
        } finally {
            assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(MOST_BYTES);
        }
    }

    private static void readWeights(GgufCheckpoint checkpoint) {
        ModelSpec spec = checkpoint.spec();
        for (Weight weight : spec.architecture().weights()) {
            FloatBuffer into =
                    FloatBuffer.allocate(Math.toIntExact(weight.shape(spec).size()));
            checkpoint.weights().read(weight, 0, 0, 0, into);
            assertThat(into.hasRemaining()).isFalse();
        }
    }
}
