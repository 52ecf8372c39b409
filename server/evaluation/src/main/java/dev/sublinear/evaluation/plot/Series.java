package dev.sublinear.evaluation.plot;

import java.util.List;

/**
 * A line, its points in order.
 *
 * @param name written at its end
 * @param kind how it is drawn
 * @param colour which of the palette's colours, from 0; the same thing has the same colour in all panels
 */
public record Series(String name, Kind kind, int colour, List<Point> points) {

    /** How a line is drawn. */
    public enum Kind {
        MEASURED,
        /** Something to compare with, not measured. */
        GUIDE
    }

    /** A point with an interval, which may have no width. */
    public record Point(double x, double y, double low, double high) {
        public Point(double x, double y) {
            this(x, y, y, y);
        }
    }
}
