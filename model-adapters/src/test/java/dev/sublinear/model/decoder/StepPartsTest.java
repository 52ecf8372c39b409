package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.ModelSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("model")
class StepPartsTest {
    private static final Path CHECKPOINT = Goldens.tinyLlamaGqa().checkpoint();
    private static final int TOKENS = 300;

    @ParameterizedTest
    @ValueSource(strings = {"unlimited", "fixed:100", "by head"})
    void fill_anyBudget_holdsInEachHeadWhatReadingHolds(String budget) {
        try (LoadedModel model = new LoadedModel(CHECKPOINT)) {
            ModelSpec spec = model.spec();
            for (String scorer : List.of("heavy-hitter", "snap+key-diff", "last-queries")) {
                EvictionPolicy policy = EvictionPolicy.of(
                        budget.equals("by head") ? laws(spec) : BudgetSchedule.parse(budget), Scorers.named(scorer));
                try (KvCache filled = model.newCache(policy, TOKENS);
                        KvCache read = model.newCache(policy, TOKENS)) {
                    model.causalLm().parts().fill(filled, TOKENS);
                    model.feed(
                            read,
                            new Random(1).ints(TOKENS, 0, spec.vocabSize()).toArray(),
                            256);

                    assertThat(lengths(filled, spec)).as(scorer).isEqualTo(lengths(read, spec));
                    assertThat(filled.bytes()).as(scorer).isEqualTo(read.bytes());
                }
            }
        }
    }

    private static HeadLaws laws(ModelSpec spec) {
        return HeadLaws.of(Stream.generate(() -> IntStream.range(0, spec.kvHeads())
                        .mapToObj(head -> new PowerLaw(4 + 3 * head, 0.5, 40))
                        .toList())
                .limit(spec.layers())
                .toList());
    }

    private static List<Integer> lengths(KvCache cache, ModelSpec spec) {
        return IntStream.range(0, spec.layers() * spec.kvHeads())
                .mapToObj(head -> cache.layer(head / spec.kvHeads()).length(head % spec.kvHeads()))
                .toList();
    }
}
