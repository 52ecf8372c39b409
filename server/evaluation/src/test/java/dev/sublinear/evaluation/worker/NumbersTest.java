package dev.sublinear.evaluation.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.precision.Precisions;
import org.junit.jupiter.api.Test;

final class NumbersTest {

    @Test
    void parse_precisionWithOrWithoutStorage_readsBoth() {
        assertThat(Numbers.parse("bf16")).isEqualTo(new Numbers(Precisions.BF16, KvStorage.FLOAT32));
        assertThat(Numbers.parse("f32/int8")).isEqualTo(new Numbers(Precisions.F32, KvStorage.INT8));
    }

    @Test
    void parse_whatIsNone_isNamed() {
        assertThatThrownBy(() -> Numbers.parse("f32/int4"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must be one of f32, f16, int8, was \"int4\"");
        assertThatThrownBy(() -> Numbers.parse("fp8/int8")).isInstanceOf(IllegalArgumentException.class);
    }
}
