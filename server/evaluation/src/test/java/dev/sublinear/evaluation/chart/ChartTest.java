package dev.sublinear.evaluation.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.sublinear.evaluation.chart.Series.Kind;
import dev.sublinear.evaluation.chart.Series.Point;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

final class ChartTest {

    private static Chart chart(Scale y, Series... series) {
        return new Chart("K < n & \"m\"", "n", "keys", Scale.DOUBLINGS, y, List.of(series));
    }

    private static Series line(String name, double... values) {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            points.add(new Point(128 << i, values[i]));
        }
        return new Series(name, Kind.MEASURED, 0, points);
    }

    @Test
    void svg_anyNames_isWellFormed() {
        String svg = chart(Scale.LOG, line("a < b", 1, 10, 100), line("c & d", 2, 20))
                .svg();

        assertThatCode(() -> DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new InputSource(new StringReader(svg))))
                .doesNotThrowAnyException();
    }

    @Test
    void svg_largerValue_isHigherUp() {
        List<Double> heights = circles(chart(Scale.LINEAR, line("a", 1, 3, 2)).svg());

        assertThat(heights).hasSize(3);
        assertThat(heights.get(1)).isLessThan(heights.get(2));
        assertThat(heights.get(2)).isLessThan(heights.get(0));
    }

    @Test
    void svg_zeroOnALogarithmicAxis_isLeftOut() {
        assertThat(circles(chart(Scale.LOG, line("a", 0, 3, 2)).svg())).hasSize(2);
    }

    @Test
    void svg_linesThatEndTogether_haveNamesApart() {
        String svg = chart(Scale.LINEAR, line("first", 1, 2), line("second", 1, 2), line("third", 1, 2.001))
                .svg();

        List<Double> places = new ArrayList<>();
        Matcher names = Pattern.compile("y=\"([0-9.]+)\" fill=\"#[0-9A-F]+\">(first|second|third)<")
                .matcher(svg);
        while (names.find()) {
            places.add(Double.parseDouble(names.group(1)));
        }
        assertThat(places).hasSize(3);
        assertThat(places.get(1) - places.get(0)).isGreaterThan(11);
        assertThat(places.get(2) - places.get(1)).isGreaterThan(11);
    }

    @Test
    void svg_nothingToDraw_saysSo() {
        assertThat(chart(Scale.LOG).svg()).contains("nothing was measured");
    }

    @Test
    void ticks_ofEveryScale_lieWithinAndAreFew() {
        for (Scale scale : Scale.values()) {
            assertThat(scale.ticks(100, 9000))
                    .hasSizeBetween(3, 8)
                    .allMatch(tick -> tick >= 99 && tick <= 9010)
                    .isSorted();
        }
    }

    private static List<Double> circles(String svg) {
        List<Double> heights = new ArrayList<>();
        Matcher circles =
                Pattern.compile("<circle cx=\"[0-9.]+\" cy=\"([0-9.]+)\"").matcher(svg);
        while (circles.find()) {
            heights.add(Double.parseDouble(circles.group(1)));
        }
        return heights;
    }
}
