package dev.sublinear.server.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.server.Fixture;
import dev.sublinear.server.config.ConfigReader;
import dev.sublinear.server.config.ServerConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class StartBannerTest {

    @Test
    void banner_model_tellsWhatRunsWhatItKeepsAndWhatMemoryThatNeeds() {
        ServerConfig config = ConfigReader.read(
                Map.of("cache.budget", "fixed:256", "threads", "2", "precision", "auto"), Fixture.ENVIRONMENT);
        try (Checkpoint checkpoint = config.model().source().checkpoint()) {
            ModelSpec spec = checkpoint.spec();
            KvShape shape = spec.kvShape(KvStorage.FLOAT32);

            String banner = new StartBanner(config, spec, new WeightType("F16", 16), shape, "heap 512.0 MiB + the rest")
                    .toString();

            assertThat(banner)
                    .contains("model      fixture-5m (LlamaForCausalLM), 5,278,976 parameters, context of 8,192 tokens")
                    .contains(
                            "precision  bf16 (auto: the weights are stored in F16) on cpu, 2 threads; keys and values in f32")
                    .contains("2 threads")
                    .contains("budget     fixed:256, scorer 3xsnap:16-or-key-diff")
                    .containsPattern("(?m)^ +1,024 +256 +25 % +\\S+ KiB +3\\.0 MiB$")
                    .containsPattern("(?m)^ +4,096 +256 +6 % ")
                    .containsPattern("(?m)^ +8,192 +256 +3 % ")
                    .doesNotContain("16,384")
                    .contains("memory     heap 512.0 MiB + the rest");
        }
    }
}
