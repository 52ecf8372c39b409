package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes that are counted before a model is loaded, beside those that it holds then. */
@Tag("model")
final class WeightMemoryTest {
    private static final Path STATUS = Path.of("/proc/self/status");

    /** Methods that measure what the classes of linear.py hold. */
    private static final String MEASURES = """
            class Kernels(Module):

                def f32_bytes(self, matrix: Tensor) -> int:
                    return ops.mkldnn._nbytes(__torch__.LinearF32(matrix, None, 1).packed)

                def bf16_bytes(self, matrix: Tensor) -> int:
                    return ops.mkldnn._nbytes(__torch__.LinearBf16(matrix, None).packed)

                def int8_bytes(self, matrix: Tensor) -> int:
                    rows = __torch__.Int8Rows(matrix)
                    return rows.numbers.numel() * rows.numbers.element_size() + rows.scales.numel() * rows.scales.element_size()

                def int4_bytes(self, matrix: Tensor) -> int:
                    linear = __torch__.pack_int4(matrix, torch.zeros([matrix.size(0), (matrix.size(1) + 31) // 32, 2]), None)
                    return linear.packed.numel() + 2 * linear.steps.numel()

            """;

    @Test
    void bytes_inEachPrecision_areWhatALoadedModelTakes() throws IOException, InterruptedException {
        assumeThat(STATUS).isReadable();

        Process process = HeldBytes.command().start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();

        List<String[]> lines = said.lines().map(line -> line.split(" ")).toList();
        assertThat(lines).extracting(words -> words[0]).containsExactly("f32", "bf16", "int8", "int8-dynamic", "int4");
        for (String[] words : lines) {
            // Freed memory of the packing is used again where it fits, so a process takes a few percent less than its
            // tensors.
            long planned = Long.parseLong(words[1]);
            assertThat(Long.parseLong(words[2]))
                    .as("bytes held in %s", words[0])
                    .isBetween(planned * 94 / 100, planned * 102 / 100);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "96, 192",
        "64, 64",
        "16, 16",
        "17, 16",
        "48, 33",
        "64, 65",
        "5, 4",
        "100, 100",
        "960, 576",
        "3072, 576",
        "5003, 64"
    })
    void matrixBytes_ofAnyShape_areThoseOfItsTensors(long rows, long columns) {
        assumeThat(System.getProperty("os.arch")).isIn("amd64", "x86_64");

        String text = ScriptSource.text().replace("class Kernels(Module):\n", MEASURES);
        try (PtNDManager manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
                TorchScript script = new TorchScript(manager, text);
                NDArray matrix = manager.randomNormal(new Shape(rows, columns))) {
            assertThat(measured(script, "int8_bytes", matrix)).isEqualTo(Precisions.INT8.matrixBytes(rows, columns));
            assertThat(measured(script, "int4_bytes", matrix)).isEqualTo(Precisions.INT4.matrixBytes(rows, columns));
            // Blocks are smaller with AVX2.
            long plain = rows * columns * Float.BYTES;
            assertThat(measured(script, "f32_bytes", matrix))
                    .isBetween(plain, Precisions.F32.matrixBytes(rows, columns));
            if (Precisions.BF16.biasType().getNumOfBytes() == Short.BYTES) {
                assertThat(measured(script, "bf16_bytes", matrix))
                        .isEqualTo(Precisions.BF16.matrixBytes(rows, columns));
                assertThat(measured(script, "f32_bytes", matrix)).isEqualTo(Precisions.F32.matrixBytes(rows, columns));
            }
        }
    }

    private static long measured(TorchScript script, String method, NDArray matrix) {
        try (Call call = script.call(method)) {
            return call.of(matrix).number();
        }
    }

    static Stream<Path> families() throws IOException {
        try (Stream<Path> directories = Files.list(Goldens.families())) {
            return directories.filter(Files::isDirectory).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void layerMatrices_ofAnyFamily_haveAllWeightsOnce(Path checkpoint) {
        try (HuggingFaceCheckpoint opened = HuggingFaceCheckpoint.open(checkpoint)) {
            ModelSpec spec = opened.spec();
            long packed = LayerMatrix.of(spec.architecture()).stream()
                    .mapToLong(matrix -> matrix.copies(spec) * matrix.rows(spec) * matrix.columns(spec))
                    .sum();
            long expected = Stream.of(Weight.values())
                    .filter(weight -> weight.isOfLayer() && !weight.isVector())
                    .mapToLong(weight -> weight.copies(spec) * weight.size(spec))
                    .sum();

            assertThat(packed).isPositive().isEqualTo(expected);
        }
    }

    @Test
    void bytes_ofTheEmbedding_areThoseOfItsTable() {
        for (Precision precision : Precisions.all()) {
            long wanted = precision.isExact()
                    ? 7 * 5 * Float.BYTES
                    : precision == Precisions.INT4 ? 7 * (5 + Short.BYTES) : 7 * 5 * Short.BYTES;
            assertThat(precision.tableBytes(7, 5)).as(precision.key()).isEqualTo(wanted);
        }
    }
}
