package dev.sublinear.model.precision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The layouts that a processor leads to, also those of processors that the tests do not run on. */
final class PrecisionsTest {
    private static final List<String> AVX2 = List.of("sse4_2", "avx", "avx2", "fma");
    private static final List<String> AVX512 = List.of("avx2", "avx512f", "avx512dq", "avx512bw", "avx512vl");

    @Test
    void processor_ofItsFlags_isTheLargestThatTheyAllow() {
        assertThat(Processor.of(AVX2)).isEqualTo(Processor.OTHER);
        assertThat(Processor.of(List.of("avx512f", "avx512_vnni"))).isEqualTo(Processor.OTHER);
        assertThat(Processor.of(AVX512)).isEqualTo(Processor.AVX512);
        assertThat(Processor.of(List.of("avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512_vnni")))
                .isEqualTo(Processor.AVX512_VNNI);
        assertThat(Processor.of(List.of("avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512_vnni", "amx_bf16")))
                .isEqualTo(Processor.AMX);
    }

    /** 576 inputs as in SmolLM2: two blocks of 512, or three of 256. Each output has 12 bytes more. */
    @ParameterizedTest
    @CsvSource({"AMX, 1024, 1008", "AVX512_VNNI, 1024, 1008", "AVX512, 768, 992", "OTHER, 1024, 968"})
    void matrixBytes_inInt8Dynamic_areOfWholeBlocks(Processor processor, long columns, long rows) {
        assertThat(new Int8Dynamic(processor).matrixBytes(961, 576)).isEqualTo(rows * columns + 12 * 961);
    }

    @Test
    void matrixBytes_inBf16_areThoseOfTheLibraryThatMultiplies() {
        assertThat(new Bf16(Processor.AVX512).matrixBytes(961, 576)).isEqualTo(2 * 1024 * 576);
        assertThat(new Bf16(Processor.AMX).matrixBytes(33, 33)).isEqualTo(2 * 64 * 64);
        assertThat(new Bf16(Processor.AVX512_VNNI).matrixBytes(33, 33)).isEqualTo(2 * 64 * 48);
        assertThat(new Bf16(Processor.OTHER).matrixBytes(961, 576)).isEqualTo(2 * 976 * 1024);
    }

    @Test
    void keys_ofAll_areOnePrecisionEach() {
        assertThat(Precisions.all()).extracting(Precision::key).doesNotHaveDuplicates();
        for (Precision precision : Precisions.all()) {
            assertThat(Precisions.named(precision.key())).isSameAs(precision);
        }
    }
}
