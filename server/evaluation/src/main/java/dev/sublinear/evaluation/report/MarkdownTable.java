package dev.sublinear.evaluation.report;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.setting.Setting;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The README's table of memory against quality: a line for each budget, a column with the KL divergence for each scorer, at a quarter
 * of the context length and at the whole.
 */
final class MarkdownTable {
    private final Findings findings;
    private final List<Integer> contexts;

    private MarkdownTable(Findings findings) {
        this.findings = findings;
        this.contexts = List.of(findings.plan().length() / 4, findings.plan().length());
    }

    static String of(Findings findings) {
        return new MarkdownTable(findings).write();
    }

    private String write() {
        List<Setting> settings = findings.plan().settings().stream()
                .filter(Setting::inExactPrecision)
                .toList();
        List<String> scorers = settings.stream().map(Setting::scorer).distinct().toList();
        List<String> header = Stream.concat(Stream.of("budget", "tokens kept", "bytes"), scorers.stream())
                .toList();
        Stream<List<String>> rows = settings.stream()
                .map(Setting::title)
                .distinct()
                .map(budget -> Stream.concat(
                                Stream.of("`" + budget + "`", kept(budget), bytes(budget)),
                                scorers.stream().map(scorer -> kl(budget, scorer)))
                        .toList());
        return Stream.of(
                        Stream.of(header),
                        Stream.of(header.stream().map(name -> "---").toList()),
                        rows)
                .flatMap(lines -> lines)
                .map(cells -> "| " + String.join(" | ", cells) + " |\n")
                .collect(Collectors.joining());
    }

    private String kept(String budget) {
        return each(context -> at(budget, context).map(one -> String.format(Locale.ROOT, "%,.0f", one.retained())));
    }

    private String bytes(String budget) {
        List<Integer> lengths = findings.grid().lengths();
        return each(context -> at(budget, context)
                .map(one -> String.format(
                        Locale.ROOT,
                        "%.0f %%",
                        100 * one.bytes() / findings.fullCacheBytes().get(lengths.indexOf(context)))));
    }

    private String kl(String budget, String scorer) {
        return each(context -> findings.at(context).stream()
                .filter(one -> one.setting().title().equals(budget)
                        && one.setting().scorer().equals(scorer)
                        && one.setting().inExactPrecision())
                .findFirst()
                .map(one -> String.format(Locale.ROOT, "%.3f", one.kl().mean())));
    }

    private Optional<SettingSummary> at(String budget, int context) {
        return findings.at(context).stream()
                .filter(one -> one.setting().title().equals(budget))
                .findFirst();
    }

    private String each(IntFunction<Optional<String>> cell) {
        List<String> cells = IntStream.range(0, contexts.size())
                .mapToObj(i -> cell.apply(contexts.get(i)).orElse("–"))
                .toList();
        return cells.stream().allMatch("–"::equals) ? "–" : String.join(" / ", cells);
    }
}
