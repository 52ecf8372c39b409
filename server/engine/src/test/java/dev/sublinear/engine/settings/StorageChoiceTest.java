package dev.sublinear.engine.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.precision.Precisions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StorageChoiceTest {

    @ParameterizedTest
    @CsvSource({
        "f32, cpu, FLOAT32",
        "bf16, cpu, INT8",
        "int8, cpu, INT8",
        "int8-dynamic, cpu, INT8",
        "bf16, gpu0, FLOAT32",
    })
    void of_auto_isIn8BitsWhereThatIsNoLossToAnExactPrecision(String precision, String device, KvStorage storage) {
        assertThat(StorageChoice.parse("auto").of(Precisions.named(precision), new ComputeDevice(device)))
                .isEqualTo(storage);
    }

    @ParameterizedTest
    @CsvSource({"f32, FLOAT32", "f16, FLOAT16", "int8, INT8"})
    void of_named_isThatInAnyPrecision(String name, KvStorage storage) {
        assertThat(StorageChoice.parse(name).of(Precisions.F32, ComputeDevice.CPU))
                .isEqualTo(storage);
    }

    @Test
    void parse_whatIsNone_isNamed() {
        assertThatThrownBy(() -> StorageChoice.parse("int4"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must be one of auto, f32, f16, int8, was \"int4\"");
    }
}
