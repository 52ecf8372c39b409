package dev.sublinear.evaluation.comparison;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.setting.BudgetFamily;
import dev.sublinear.evaluation.setting.LengthMix;
import dev.sublinear.evaluation.setting.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Settings of one scorer whose footprints over the {@link LengthMix} are equal within 3 %, at least a growing and a fixed budget.
 *
 * @param footprintShare of the full cache's footprint
 */
public record FootprintGroup(String scorer, double footprintShare, List<Setting> settings) {
    static final double EQUAL = 1.03;

    /** Returns a group for each growing budget that a fixed budget was matched to, in the order of the plan. */
    public static List<FootprintGroup> all(Findings findings) {
        Map<String, List<MixDivergence>> byScorer = new LinkedHashMap<>();
        for (MixDivergence overMix : MixDivergence.all(findings)) {
            if (overMix.setting().inExactPrecision()) {
                byScorer.computeIfAbsent(overMix.setting().scorer(), scorer -> new ArrayList<>())
                        .add(overMix);
            }
        }
        List<FootprintGroup> groups = new ArrayList<>();
        byScorer.forEach((scorer, all) -> {
            for (MixDivergence base : all) {
                if (BudgetFamily.grows(base.setting())
                        && groups.stream().noneMatch(group -> group.settings().contains(base.setting()))) {
                    List<Setting> equal = all.stream()
                            .filter(other -> other.footprint() <= base.footprint() * EQUAL
                                    && other.footprint() >= base.footprint() / EQUAL)
                            .map(MixDivergence::setting)
                            .toList();
                    if (equal.stream().anyMatch(BudgetFamily::isFixed)) {
                        groups.add(new FootprintGroup(scorer, base.footprintShare(), equal));
                    }
                }
            }
        });
        return groups;
    }

    /** Returns the scorer and the footprint in words. */
    public String title() {
        return String.format(Locale.ROOT, "%s, %.0f %% of the full footprint", scorer, 100 * footprintShare);
    }
}
