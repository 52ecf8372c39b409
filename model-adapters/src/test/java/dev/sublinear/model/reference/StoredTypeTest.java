package dev.sublinear.model.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class StoredTypeTest {

    @Test
    void get_knownHalves_areTheirValues() {
        assertThat(get(StoredType.F16, 0x3c00)).isEqualTo(1);
        assertThat(get(StoredType.F16, 0xc500)).isEqualTo(-5);
        assertThat(get(StoredType.F16, 0x7bff)).isEqualTo(65504);
        assertThat(get(StoredType.F16, 0x0001)).isEqualTo(0x1p-24f);
        assertThat(get(StoredType.F16, 0xfc00)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(get(StoredType.F16, 0x7e00)).isNaN();
        assertThat(get(StoredType.BF16, 0x3fc0)).isEqualTo(1.5f);
        assertThat(get(StoredType.BF16, 0xc2f7)).isEqualTo(-123.5f);
    }

    @Test
    void put_everyFiniteValueRead_restoresItsBits() {
        for (StoredType type : new StoredType[] {StoredType.F16, StoredType.BF16}) {
            for (int bits = 0; bits < 0x10000; bits++) {
                float value = get(type, bits);
                // Negative zero comes back as zero from F16, which is the same number.
                if (Float.isFinite(value) && value != 0) {
                    assertThat(put(type, value)).as("%s %x", type, bits).isEqualTo((short) bits);
                }
            }
        }
    }

    @Test
    void put_betweenTwoValues_roundsToNearestAndTiesToEven() {
        assertThat(put(StoredType.F16, 1 + 0x1p-11f)).isEqualTo((short) 0x3c00);
        assertThat(put(StoredType.F16, 1 + 0x1.8p-11f)).isEqualTo((short) 0x3c01);
        assertThat(put(StoredType.F16, 1 + 0x3p-11f)).isEqualTo((short) 0x3c02);
        assertThat(put(StoredType.BF16, 1 + 0x1p-8f)).isEqualTo((short) 0x3f80);
        assertThat(put(StoredType.BF16, 1 + 0x3p-8f)).isEqualTo((short) 0x3f82);
    }

    private static float get(StoredType type, int bits) {
        return type.get(ByteBuffer.allocate(2).putShort(0, (short) bits), 0);
    }

    private static short put(StoredType type, float value) {
        ByteBuffer data = ByteBuffer.allocate(2);
        type.put(data, value);
        return data.getShort(0);
    }
}
