package dev.sublinear.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.engine.source.OpenModel;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row G21 of the threats: limits that cannot be kept, or with which nothing can be served, are refused at the start. */
final class HeapPlanTest {
    private static final long MIB = 1L << 20;

    private static void require(long heap, Map<String, String> set) {
        ServerConfig config = ConfigReader.read(set, Map.of());
        try (OpenModel model = ModelSource.parse("random:smollm2-135m").open()) {
            HeapPlan.of(config, model.spec(), heap).require(config, model.spec(), model.storedAs());
        }
    }

    @Test
    void g21_defaults_fitTheHeapOfTheLauncher() {
        require(512 * MIB, Map.of());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "http.max-body; 100MB; http.max-body (95.4 MiB) 3.9 GiB, | lower http.max-body, or raise the heap",
                "http.max-connections; 100000; http.max-connections (100000) 585.9 MiB, | lower http.max-connections, or",
                "engine.queue-tokens; 2000000000; engine.queue-tokens (2000000000) 14.9 GiB, | lower engine.queue-tokens, or",
                "engine.max-running; 4096; engine.max-running (4096) 1.5 GiB, | lower engine.max-running, or raise the heap",
                "http.max-body; 100; http.max-body must be at least 256 bytes | was 100; raise it",
                "cache.capacity; 1MB; cache.capacity must hold a sequence of 256 tokens | was 976.6 KiB; raise it"
            })
    void g21_limitThatDoesNotFit_isRefusedWithWhatToDo(String key, String value, String said) {
        assertThatThrownBy(() -> require(512 * MIB, with(key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll(said.split(" \\| ", -1));
    }

    @Test
    void g21_limitsThatFitAlone_areRefusedIfTogetherTheyDoNot() {
        require(512 * MIB, Map.of("http.max-body", "4MB"));
        require(512 * MIB, Map.of("http.max-connections", "30000"));
        assertThatThrownBy(() -> require(512 * MIB, Map.of("http.max-body", "4MB", "http.max-connections", "30000")))
                .hasMessageContaining("what requests may fill of the heap must be at most all of its 512.0 MiB, was ")
                .hasMessageContaining("http.max-body (3.8 MiB) ")
                .hasMessageContaining("http.max-connections (30000) ");
    }

    private static Map<String, String> with(String key, String value) {
        return Map.of(key, value, "engine.max-batch-tokens", "8000"); // which must be larger than what runs
    }

    @Test
    void g21_heapThatIsTooSmall_isRefusedWithOneThatFits() {
        Throwable refused = catchThrowable(() -> require(64 * MIB, Map.of()));
        Matcher heap = Pattern.compile("raise the heap \\(SUBLINEAR_HEAP, -Xmx\\) to (\\d+)m")
                .matcher(refused.getMessage());
        assertThat(heap.find()).as(refused.getMessage()).isTrue();
        long reported = (long) (0.966 * Long.parseLong(heap.group(1)) * MIB); // as the serial collector of JDK 17 does
        require(reported, Map.of());
        assertThatThrownBy(() -> require((long) (0.9 * reported), Map.of())).isInstanceOf(ConfigException.class);
    }

    @Test
    void g21_bodiesTogether_holdNoMoreThanAnEighthOfTheHeap() {
        assertThat(HeapPlan.bodies(512 * MIB, 2_000_000)).isEqualTo(64_000_000);
        assertThat(HeapPlan.bodies(512 * MIB, 5_000_000)).isEqualTo(64 * MIB);
    }
}
