package dev.sublinear.evaluation;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Memory against quality as the README has it: a line for each budget, a column for each scorer, at two contexts. */
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
                .filter(setting -> setting.precision().equals(Models.EXACT))
                .toList();
        List<String> scorers = settings.stream().map(Setting::scorer).distinct().toList();
        List<String> header = Stream.concat(Stream.of("budget", "tokens kept", "bytes"), scorers.stream())
                .toList();
        Stream<List<String>> rows = settings.stream()
                .map(Setting::budget)
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
        List<Integer> lengths = new Grid(findings.plan().length()).lengths();
        return each(context -> at(budget, context)
                .map(one -> String.format(
                        Locale.ROOT,
                        "%.0f %%",
                        100 * one.bytes() / findings.uncutBytes().get(lengths.indexOf(context)))));
    }

    private String kl(String budget, String scorer) {
        return each(context -> findings.at(context).stream()
                .filter(one -> one.setting().budget().equals(budget)
                        && one.setting().scorer().equals(scorer)
                        && one.setting().precision().equals(Models.EXACT))
                .findFirst()
                .map(one -> String.format(Locale.ROOT, "%.3f", one.kl().mean())));
    }

    private Optional<Summary> at(String budget, int context) {
        return findings.at(context).stream()
                .filter(one -> one.setting().budget().equals(budget))
                .findFirst();
    }

    private String each(java.util.function.IntFunction<Optional<String>> cell) {
        List<String> cells = IntStream.range(0, contexts.size())
                .mapToObj(i -> cell.apply(contexts.get(i)).orElse("–"))
                .toList();
        return cells.stream().allMatch("–"::equals) ? "–" : String.join(" / ", cells);
    }
}
