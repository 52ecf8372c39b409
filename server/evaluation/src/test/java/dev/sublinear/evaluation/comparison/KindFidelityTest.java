package dev.sublinear.evaluation.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.evaluation.EvaluationPlan;
import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.corpus.Kind;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Interval;
import dev.sublinear.evaluation.worker.WorkerPlan;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class KindFidelityTest {
    private static final Setting SETTING = new Setting("f32", "fixed:64", "recency", 4, 8, 0.25, 64);
    private static final Interval NONE = new Interval(0, 0, 0);

    private static Findings findings(List<Kind> kinds, List<Double> kl, List<Double> klUpTo) {
        EvaluationPlan plan = new EvaluationPlan(
                Set.of(EvaluationPlan.Part.FIDELITY),
                List.of(SETTING),
                List.of(SETTING),
                kinds.size(),
                256,
                2,
                256,
                new WorkerPlan(1, 1, 1_000_000));
        SettingSummary summary =
                new SettingSummary(SETTING, 256, 64, 1000, 1, NONE, NONE, 0, 0, 1, 1, 1, 0, 1, 1, kl, klUpTo);
        return new Findings(
                "a model",
                "0123456789abcdef",
                plan,
                kinds.stream().map(Kind::toString).toList(),
                kinds,
                List.of(summary),
                List.of(1000L, 2000L),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }

    @Test
    void all_hasAllDocumentsAndEveryKindOfWhichThereAreTwo() {
        List<KindFidelity> all = KindFidelity.all(findings(
                List.of(Kind.PROSE, Kind.CODE, Kind.PROSE, Kind.CHAT),
                List.of(1.0, 2.0, 3.0, 6.0),
                List.of(0.5, 1.0, 1.5, 3.0)));

        assertThat(all).extracting(KindFidelity::kind).containsExactly("all", "prose");
        assertThat(all).extracting(KindFidelity::documents).containsExactly(4, 2);
        assertThat(all).extracting(one -> one.kl().mean()).containsExactly(3.0, 2.0);
        assertThat(all).extracting(one -> one.klUpTo().mean()).containsExactly(1.5, 1.0);
        assertThat(all.get(0).held()).isCloseTo(0.25, within(1e-12));
        assertThat(all.get(1).kl().low()).isBetween(1.0, 2.0);
    }
}
