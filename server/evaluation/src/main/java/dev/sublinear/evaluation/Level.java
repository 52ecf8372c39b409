package dev.sublinear.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Settings of one scorer with the same footprint over the mix, within 1.5 %: at least a power law and a fixed budget. */
record Level(String scorer, double footprintShare, List<Setting> settings) {
    private static final double NEAR = 1.015;

    static List<Level> all(Findings findings) {
        Map<String, List<Mixed>> byScorer = new LinkedHashMap<>();
        for (Mixed mixed : Mixed.all(findings)) {
            if (mixed.setting().precision().equals(Models.EXACT)) {
                byScorer.computeIfAbsent(mixed.setting().scorer(), scorer -> new ArrayList<>())
                        .add(mixed);
            }
        }
        List<Level> levels = new ArrayList<>();
        byScorer.forEach((scorer, all) -> {
            for (Mixed base : all) {
                if (Rule.of(base.setting()).startsWith("n^")
                        && levels.stream().noneMatch(level -> level.settings().contains(base.setting()))) {
                    List<Setting> near = all.stream()
                            .filter(other -> other.footprint() <= base.footprint() * NEAR
                                    && other.footprint() >= base.footprint() / NEAR)
                            .map(Mixed::setting)
                            .toList();
                    if (near.stream().anyMatch(setting -> Rule.of(setting).equals("fixed"))) {
                        levels.add(new Level(scorer, base.footprintShare(), near));
                    }
                }
            }
        });
        return levels;
    }

    String title() {
        return String.format(Locale.ROOT, "%s, %.0f %% of the full footprint", scorer, 100 * footprintShare);
    }
}
