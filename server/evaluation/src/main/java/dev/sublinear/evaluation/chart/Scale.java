package dev.sublinear.evaluation.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Maps the numbers of an axis to places on it. */
public enum Scale {
    LINEAR {
        @Override
        double place(double value) {
            return value;
        }

        @Override
        List<Double> ticks(double low, double high) {
            double rough = (high - low) / 5;
            double unit = Math.pow(10, Math.floor(Math.log10(rough)));
            double step = unit * (rough / unit < 1.5 ? 1 : rough / unit < 3.5 ? 2 : rough / unit < 7.5 ? 5 : 10);
            List<Double> ticks = new ArrayList<>();
            for (double tick = Math.ceil(low / step - 1e-9) * step; tick <= high + step * 1e-9; tick += step) {
                ticks.add(Math.abs(tick) < step * 1e-9 ? 0 : tick);
            }
            return ticks;
        }
    },

    /** Logarithmic. */
    LOG {
        @Override
        double place(double value) {
            return Math.log(value);
        }

        @Override
        List<Double> ticks(double low, double high) {
            double decades = Math.log10(high / low);
            double[] steps = decades < 1.2
                    ? new double[] {1, 1.5, 2, 3, 5, 7}
                    : decades < 3 ? new double[] {1, 2, 5} : new double[] {1};
            List<Double> ticks = new ArrayList<>();
            for (double power = Math.pow(10, Math.floor(Math.log10(low))); power <= high; power *= 10) {
                for (double step : steps) {
                    if (power * step >= low * 0.999 && power * step <= high * 1.001) {
                        ticks.add(power * step);
                    }
                }
            }
            return ticks;
        }
    },

    /** Logarithmic, with a tick at each power of two: for tokens. */
    DOUBLINGS {
        @Override
        double place(double value) {
            return Math.log(value);
        }

        @Override
        List<Double> ticks(double low, double high) {
            List<Double> ticks = new ArrayList<>();
            for (double tick = 1; tick <= high * 1.001; tick *= 2) {
                if (tick >= low * 0.999) {
                    ticks.add(tick);
                }
            }
            return ticks;
        }
    };

    abstract double place(double value);

    /** Returns the numbers to write beside the axis, ascending. */
    abstract List<Double> ticks(double low, double high);

    /** Returns a number with as few digits as a tick needs. */
    static String text(double value) {
        double size = Math.abs(value);
        if (size >= 1e6) {
            return trimmed(value / 1e6, 1) + "M";
        }
        if (size >= 1000) {
            return String.format(Locale.ROOT, "%,d", Math.round(value));
        }
        return size == 0 || size >= 100 ? trimmed(value, 0) : size >= 1 ? trimmed(value, 1) : trimmed(value, 4);
    }

    private static String trimmed(double value, int digits) {
        String text = String.format(Locale.ROOT, "%." + digits + "f", value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }
}
