package dev.sublinear.engine.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ByteSizeTest {

    @ParameterizedTest
    @CsvSource({"0,0", "17,17", "2KB,2000", "2 KiB,2048", "512mib,536870912", "1GiB,1073741824", "3TB,3000000000000"})
    void parse_wellFormed_returnsBytes(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1.5GB", "GiB", "1 QB", "9999999999TiB", "0x10"})
    void parse_malformed_saysWhatASizeLooksLike(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse(text))
                .withMessage("must be a number of bytes such as 512MiB or 2GB, was \"" + text + "\"");
    }

    @Test
    void format_anySize_roundsToOneDecimal() {
        assertThat(ByteSize.format(1000)).isEqualTo("1000 B");
        assertThat(ByteSize.format(1536)).isEqualTo("1.5 KiB");
        assertThat(ByteSize.format(1L << 30)).isEqualTo("1.0 GiB");
    }
}
