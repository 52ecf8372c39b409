package dev.sublinear.evaluation.chart;

import dev.sublinear.evaluation.chart.Series.Kind;
import dev.sublinear.evaluation.chart.Series.Point;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** A panel of lines, each with its intervals as a band and its name at its end, in one colour. */
public record Chart(String title, String xLabel, String yLabel, Scale x, Scale y, List<Series> series) {
    // Okabe and Ito, Color Universal Design, 2008, without yellow, then others: colour-blind readers can tell them
    // apart.
    private static final List<String> PALETTE = List.of(
            "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#7F7F7F", "#8C564B",
            "#6A3D9A", "#1B7837", "#B2182B");

    private static final int WIDTH = 560;
    private static final int HEIGHT = 350;
    private static final int LEFT = 62;
    private static final int TOP = 34;
    private static final int BOTTOM = 48;
    private static final int LETTER = 7; // the mean width of a letter
    private static final int LINE = 14;

    /** Returns the panel as an svg element. */
    public String svg() {
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" "
                        + "font-family=\"system-ui, sans-serif\" font-size=\"12\">",
                WIDTH,
                HEIGHT,
                WIDTH,
                HEIGHT);
        add(svg, "<title>%s</title>", escaped(title));
        add(svg, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>", WIDTH, HEIGHT);
        add(svg, "<text x=\"%d\" y=\"18\" font-size=\"14\" font-weight=\"600\">%s</text>", LEFT, escaped(title));
        List<Series> drawn = drawn();
        if (drawn.isEmpty()) {
            add(svg, "<text x=\"%d\" y=\"%d\" fill=\"#555\">nothing was measured</text>", LEFT, HEIGHT / 2);
        } else {
            new Panel(svg, drawn).draw();
        }
        return svg.append("</svg>\n").toString();
    }

    /** Returns the series without the points that have no place: zero on a logarithmic axis. */
    private List<Series> drawn() {
        return series.stream()
                .map(one -> new Series(
                        one.name(),
                        one.kind(),
                        one.colour(),
                        one.points().stream()
                                .filter(point -> Double.isFinite(point.y()))
                                .filter(point -> y == Scale.LINEAR || point.y() > 0)
                                .toList()))
                .filter(one -> !one.points().isEmpty())
                .toList();
    }

    /** Draws lines on axes that fit them. */
    private final class Panel {
        private final StringBuilder svg;
        private final List<Series> lines;
        private final int right;
        private final double xLow;
        private final double xHigh;
        private final double yLow;
        private final double yHigh;

        Panel(StringBuilder svg, List<Series> lines) {
            this.svg = svg;
            this.lines = lines;
            int longest =
                    lines.stream().mapToInt(line -> line.name().length()).max().orElse(0);
            this.right = 14 + Math.min(200, LETTER * longest);
            this.xLow = all(Point::x).min().orElseThrow();
            this.xHigh = all(Point::x).max().orElseThrow();
            double low = all(Point::y).min().orElseThrow();
            double high = all(Point::y).max().orElseThrow();
            double room = y == Scale.LINEAR ? 0.05 * (high - low) : 0;
            this.yLow = y == Scale.LINEAR ? (low >= 0 && low < 0.5 * high ? 0 : low - room) : low / 1.15;
            this.yHigh = y == Scale.LINEAR ? high + room + (high == low ? 1 : 0) : high * 1.15;
        }

        private DoubleStream all(ToDoubleFunction<Point> value) {
            return lines.stream().flatMap(line -> line.points().stream()).mapToDouble(value);
        }

        void draw() {
            axes();
            lines.forEach(this::band);
            lines.forEach(this::line);
            names();
        }

        private void axes() {
            for (double tick : y.ticks(yLow, yHigh)) {
                add(
                        svg,
                        "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e3e3e3\"/>",
                        LEFT,
                        WIDTH - right,
                        py(tick),
                        py(tick));
                add(
                        svg,
                        "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#444\">%s</text>",
                        LEFT - 6,
                        py(tick) + 4,
                        Scale.text(tick));
            }
            double before = Double.NEGATIVE_INFINITY;
            for (double tick : x.ticks(xLow, xHigh)) {
                add(
                        svg,
                        "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#f0f0f0\"/>",
                        px(tick),
                        px(tick),
                        TOP,
                        HEIGHT - BOTTOM);
                if (px(tick) - before >= 34) {
                    add(
                            svg,
                            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#444\">%s</text>",
                            px(tick),
                            HEIGHT - BOTTOM + 16,
                            Scale.text(tick));
                    before = px(tick);
                }
            }
            add(
                    svg,
                    "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#444\"/>",
                    LEFT,
                    TOP,
                    HEIGHT - BOTTOM,
                    WIDTH - right);
            add(
                    svg,
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                    (LEFT + WIDTH - right) / 2,
                    HEIGHT - 12,
                    escaped(xLabel));
            add(
                    svg,
                    "<text transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\">%s</text>",
                    (TOP + HEIGHT - BOTTOM) / 2,
                    escaped(yLabel));
        }

        private void band(Series one) {
            if (one.points().stream().allMatch(point -> point.low() == point.high())) {
                return;
            }
            StringBuilder path = new StringBuilder();
            for (Point point : one.points()) {
                path.append(String.format(
                        Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", px(point.x()), inside(point.high())));
            }
            for (int i = one.points().size() - 1; i >= 0; i--) {
                Point point = one.points().get(i);
                path.append(String.format(Locale.ROOT, "L%.1f %.1f", px(point.x()), inside(point.low())));
            }
            add(svg, "<path d=\"%sZ\" fill=\"%s\" fill-opacity=\"0.13\"/>", path, colour(one));
        }

        private void line(Series one) {
            StringBuilder path = new StringBuilder();
            for (Point point : one.points()) {
                path.append(String.format(
                        Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", px(point.x()), py(point.y())));
            }
            boolean guide = one.kind() == Kind.GUIDE;
            add(
                    svg,
                    "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s/>",
                    path,
                    colour(one),
                    guide ? "1" : "2",
                    guide ? " stroke-dasharray=\"5 4\"" : "");
            for (Point point : guide ? List.<Point>of() : one.points()) {
                add(
                        svg,
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>",
                        px(point.x()),
                        py(point.y()),
                        colour(one));
            }
        }

        /** Writes names at the ends of lines, moved apart where they would overlap. */
        private void names() {
            List<Series> sorted = new ArrayList<>(lines);
            sorted.sort(Comparator.comparingDouble(one -> py(end(one).y())));
            double[] places = new double[sorted.size()];
            for (int i = 0; i < places.length; i++) {
                double wanted = py(end(sorted.get(i)).y()) + 4;
                places[i] = i == 0 ? Math.max(wanted, TOP + 4) : Math.max(wanted, places[i - 1] + LINE);
            }
            double limit = HEIGHT - BOTTOM + 4;
            for (int i = places.length - 1; i >= 0; i--) {
                places[i] = Math.min(places[i], limit);
                limit = places[i] - LINE;
            }
            for (int i = 0; i < places.length; i++) {
                Series one = sorted.get(i);
                Point end = end(one);
                if (Math.abs(places[i] - 4 - py(end.y())) > 3 || px(end.x()) < WIDTH - right - 3) {
                    add(
                            svg,
                            "<path d=\"M%.1f %.1fL%d %.1f\" stroke=\"%s\" stroke-opacity=\"0.45\" fill=\"none\"/>",
                            px(end.x()) + 3,
                            py(end.y()),
                            WIDTH - right + 9,
                            places[i] - 4,
                            colour(one));
                }
                add(
                        svg,
                        "<text x=\"%d\" y=\"%.1f\" fill=\"%s\">%s</text>",
                        WIDTH - right + 10,
                        places[i],
                        colour(one),
                        escaped(one.name()));
            }
        }

        private Point end(Series one) {
            return one.points().stream()
                    .max(Comparator.comparingDouble(Point::x))
                    .orElseThrow();
        }

        private double px(double value) {
            double width = WIDTH - right - LEFT - 8.0;
            return LEFT + 4 + width * share(x, value, xLow, xHigh);
        }

        private double py(double value) {
            double height = HEIGHT - BOTTOM - TOP;
            return HEIGHT - BOTTOM - height * share(y, value, yLow, yHigh);
        }

        private double inside(double value) {
            return py(Math.max(yLow, Math.min(yHigh, value)));
        }

        private double share(Scale scale, double value, double low, double high) {
            double width = scale.place(high) - scale.place(low);
            return width == 0 ? 0.5 : (scale.place(value) - scale.place(low)) / width;
        }

        private String colour(Series one) {
            return one.kind() == Kind.GUIDE ? "#999999" : PALETTE.get(one.colour() % PALETTE.size());
        }
    }

    private static void add(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
