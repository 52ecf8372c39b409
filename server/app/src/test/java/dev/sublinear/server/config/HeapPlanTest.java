package dev.sublinear.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.engine.source.OpenModel;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.family.ModelConfig;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row G21 of the threats: limits that cannot be kept, or with which nothing can be served, are refused at the start. */
final class HeapPlanTest {
    private static final long MIB = 1L << 20;

    /** What the launcher gives, as the parallel collector reports it. */
    private static final long DEFAULT = 768 * MIB * 96 / 100;

    private static void require(long heap, Map<String, String> set) {
        ServerConfig config = ConfigReader.read(set, Map.of());
        try (OpenModel model = ModelSource.parse("random:smollm2-135m").open()) {
            HeapPlan.of(config, model.spec(), heap).require(config, model.spec(), model.storedAs());
        }
    }

    @Test
    void g21_defaults_fitTheHeapOfTheLauncher() {
        require(DEFAULT, Map.of());
    }

    /** Logits are the larger part of it: Gemma 3 has 262,144 for each token. */
    @Test
    void g21_defaults_fitTheHeapOfTheLauncherWithTheLargestVocabulary() {
        ObjectNode gemma = JsonNodeFactory.instance
                .objectNode()
                .put("model_type", "llama")
                .put("hidden_size", 64)
                .put("intermediate_size", 64)
                .put("num_hidden_layers", 1)
                .put("num_attention_heads", 1)
                .put("vocab_size", 262_144);
        ModelSpec spec =
                ModelConfig.of(gemma, JsonNodeFactory.instance.objectNode()).spec();
        assertThat(HeapPlan.of(ConfigReader.read(Map.of(), Map.of()), spec, DEFAULT)
                        .sum())
                .isBetween(DEFAULT * 3 / 4, DEFAULT);
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
        require(DEFAULT, Map.of("http.max-body", "6MB"));
        require(DEFAULT, Map.of("http.max-connections", "50000"));
        assertThatThrownBy(() -> require(DEFAULT, Map.of("http.max-body", "6MB", "http.max-connections", "50000")))
                .hasMessageContaining("what requests may fill of the heap must be at most all of its 737.3 MiB, was ")
                .hasMessageContaining("http.max-body (5.7 MiB) ")
                .hasMessageContaining("http.max-connections (50000) ");
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
