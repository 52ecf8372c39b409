package dev.sublinear.engine.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.family.LlamaArchitecture;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ThreadsTest {
    private static final int CORES = Runtime.getRuntime().availableProcessors();

    private static ModelSpec model(int layers) {
        return new ModelSpec(
                "LlamaForCausalLM",
                1000,
                512,
                1024,
                layers,
                8,
                8,
                64,
                100,
                LlamaArchitecture.of(layers, 64, 1e-5, 1e4),
                true,
                Set.of(),
                OptionalInt.empty());
    }

    @Test
    void bySize_smallModel_isOne() {
        assertThat(model(2).parameters()).isLessThan(50_000_000);
        assertThat(new Threads.BySize().of(model(2))).isEqualTo(1);
    }

    @Test
    void bySize_largerModel_isEveryCore() {
        assertThat(model(60).parameters()).isGreaterThan(50_000_000);
        assertThat(new Threads.BySize().of(model(60))).isEqualTo(CORES);
    }

    @Test
    void fixed_anyModel_isWhatWasSaid() {
        assertThat(new Threads.Fixed(3).of(model(2))).isEqualTo(3);
        assertThat(new Threads.Fixed(3).of(model(60))).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1025})
    void fixed_outOfRange_isRefused(int count) {
        assertThatThrownBy(() -> new Threads.Fixed(count))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must be from 1 to 1024, was " + count);
    }
}
