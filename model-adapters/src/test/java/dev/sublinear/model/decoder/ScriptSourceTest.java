package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.storage.Int8Rows;
import dev.sublinear.model.attention.Chunk;
import dev.sublinear.model.checkpoint.StoredWeights.Grid;
import dev.sublinear.model.decoder.ChunkTable.ChunkNumber;
import dev.sublinear.model.decoder.ChunkTable.ChunkTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TorchScript and Java mean the same by the names that both use. */
final class ScriptSourceTest {
    private static final Pattern FIELD = Pattern.compile("(?m)^    (\\w+) : (Tensor|int)$");
    private static final Pattern NAME = Pattern.compile("\\b[A-Z][A-Z0-9_]*\\b");

    private static List<String> fieldsOfChunk(String type) {
        String source = ScriptSource.read("chunk.py");
        String declared = source.substring(source.indexOf("class Chunk(NamedTuple):"), source.indexOf("def chunks("));
        return FIELD.matcher(declared)
                .results()
                .filter(field -> field.group(2).equals(type))
                .map(field -> field.group(1))
                .toList();
    }

    private static List<String> names(Enum<?>[] constants) {
        return Arrays.stream(constants)
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    @Test
    void chunk_inBothLanguages_hasTheSameFieldsInTheSameOrder() {
        assertThat(fieldsOfChunk("Tensor")).isEqualTo(names(ChunkTensor.values()));
        List<String> numbers = new ArrayList<>(fieldsOfChunk("int"));
        numbers.add("groups"); // how long the lists are
        assertThat(numbers).isEqualTo(names(ChunkNumber.values()));
        String source = ScriptSource.read("chunk.py");
        assertThat(source)
                .contains(String.join(", ", fieldsOfChunk("Tensor")) + " = tensors[")
                .contains(String.join(", ", numbers) + " = numbers[")
                .contains("__torch__.Chunk("
                        + String.join(", ", fieldsOfChunk("Tensor")) + ", " + String.join(", ", fieldsOfChunk("int"))
                        + ", starts, slots)");
    }

    @Test
    void constants_thatJavaKnows_areTheSame() {
        assertThat(ScriptSource.constants())
                .containsEntry("CHUNK_TENSORS", ChunkTensor.values().length)
                .containsEntry("CHUNK_NUMBERS", ChunkNumber.values().length)
                .containsEntry("ADD_WEIGHTS", Chunk.ADD_WEIGHTS)
                .containsEntry("RETURN_WEIGHTS", Chunk.RETURN_WEIGHTS)
                .containsEntry("RETURN_QUERIES", Chunk.RETURN_QUERIES)
                .containsEntry("KEEP_QUERIES", Chunk.KEEP_QUERIES)
                .containsEntry("GROUP", Grid.GROUP)
                .containsEntry("BLOCK", KvShape.BLOCK);
    }

    @Test
    void text_afterNumbersTookThePlacesOfNames_hasNoNameOfAConstant() {
        assertThat(NAME.matcher(ScriptSource.text()).results().map(MatchResult::group))
                .doesNotContainAnyElementsOf(ScriptSource.constants().keySet());
        assertThat(ScriptSource.text()).contains("index in range(len(tensors) // 7)");
    }

    @Test
    void constants_ofACachesStorage_areThoseOfTheCache() {
        assertThat(ScriptSource.constants())
                .containsEntry("MOST_INT8", Int8Rows.MOST)
                .containsEntry("BLOCK", KvShape.BLOCK);
    }

    /** Those that DJL has a name for. */
    @ParameterizedTest
    @EnumSource(names = {"INT8", "INT32", "INT64", "FLOAT32", "FLOAT64"})
    void constants_ofTypes_areThoseOfLibtorch(DataType type) {
        assertReturns("torch.to(x, " + ScriptSource.constants().get(type.name()) + ")", type, 2.f);
    }

    @Test
    void constants_ofBfloat16_roundToEightBits() {
        int bfloat16 = ScriptSource.constants().getOrDefault("BFLOAT16", -1);
        assertReturns("torch.to(torch.to(x + 0.0078125, " + bfloat16 + "), 6)", DataType.FLOAT32, 2.f);
        assertReturns("torch.to(torch.to(x + 0.015625, " + bfloat16 + "), 6)", DataType.FLOAT32, 2.015625f);
    }

    /** Evaluates an expression of x, which is 2. */
    private static void assertReturns(String expression, DataType type, float expected) {
        String method = "    def tried(self, x: Tensor) -> Tensor:\n        return " + expression + "\n";
        try (PtNDManager manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
                TorchScript script =
                        new TorchScript(manager, ScriptSource.text().stripTrailing() + "\n\n" + method);
                NDArray x = manager.ones(new Shape(1)).muli(2);
                Call call = script.call("tried");
                NDArray found = call.of(x).tensor();
                NDArray number = found.toType(DataType.FLOAT32, true)) {
            assertThat(found.getDataType()).isEqualTo(type);
            assertThat(number.toFloatArray()).containsExactly(expected);
        }
    }
}
