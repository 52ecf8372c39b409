package dev.sublinear.evaluation.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The columns of a CSV file and their values, as RFC 4180 has it but with a line feed after each row. Fluent. */
final class CsvTable<T> {
    private static final CsvMapper CSV = CsvMapper.builder()
            .enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING) // quotes only what needs it
            .build();

    private final List<String> names = new ArrayList<>();
    private final List<Function<T, String>> values = new ArrayList<>();

    /** Adds a column of text or whole numbers. */
    CsvTable<T> text(String name, Function<T, Object> value) {
        names.add(name);
        values.add(row -> String.valueOf(value.apply(row)));
        return this;
    }

    /** Adds a column of numbers, six significant digits each. */
    CsvTable<T> number(String name, ToDoubleFunction<T> value) {
        names.add(name);
        values.add(row -> String.format(Locale.ROOT, "%.6g", value.applyAsDouble(row)));
        return this;
    }

    /** Adds three columns: the estimate and the bounds of its interval. */
    CsvTable<T> interval(String name, Function<T, Interval> value) {
        return number(name, row -> value.apply(row).mean())
                .number(name + "_low", row -> value.apply(row).low())
                .number(name + "_high", row -> value.apply(row).high());
    }

    /** Adds the seven columns of a setting. */
    CsvTable<T> setting(Function<T, Setting> value) {
        return text("precision", row -> value.apply(row).precision())
                .text("budget", row -> value.apply(row).title())
                .text("scorer", row -> value.apply(row).scorer())
                .text("sinks", row -> value.apply(row).sinks())
                .text("recent", row -> value.apply(row).recent())
                .number("recent_share", row -> value.apply(row).recentShare())
                .text("slack", row -> value.apply(row).slack());
    }

    /** Returns the header, which is there without rows, too, and the rows. */
    String write(List<T> rows) {
        List<List<String>> lines = new ArrayList<>(List.of(names));
        for (T row : rows) {
            lines.add(values.stream().map(value -> value.apply(row)).toList());
        }
        try {
            return CSV.writeValueAsString(lines);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // lists of text cannot fail
        }
    }
}
