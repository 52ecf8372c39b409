package dev.sublinear.evaluation.chart;

import java.util.List;

/**
 * A line.
 *
 * @param name written at its end
 * @param colour index in the palette, from 0
 * @param points in the order in which they are joined
 */
public record Series(String name, Kind kind, int colour, List<Point> points) {

    /** The origin of a line, which decides how it is drawn. */
    public enum Kind {
        MEASURED,
        /** Computed, for comparison. */
        GUIDE
    }

    /** A point with the interval of y, which may have no width. */
    public record Point(double x, double y, double low, double high) {
        public Point(double x, double y) {
            this(x, y, y, y);
        }
    }
}
