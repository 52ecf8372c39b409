package dev.sublinear.model.jinja;

import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/**
 * Writes a time as Python's {@code datetime.now().strftime} does with glibc in the C locale, which is what transformers'
 * strftime_now calls: {@code %}, flags {@code _ - 0 ^ #}, a width, {@code E} or {@code O}, and a conversion. What C does
 * not know is left as it is written. The time has no zone, so {@code %z} and {@code %Z} are empty.
 */
final class Strftime {
    private static final String FLAGS = "_-0";
    private static final int WIDEST = 100_000;
    private static final String CONVERSIONS = "%aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZf";
    private static final String NOT_AFTER_E = "aAbBdDeFgGhHIjklmMSUVWwZzf";
    private static final String NOT_AFTER_O = "aAcDFxXYZzf";

    private final ZonedDateTime time;
    private final Meter meter;

    Strftime(ZonedDateTime time, Meter meter) {
        this.time = time;
        this.meter = meter;
    }

    /** The flags and the width of one conversion. */
    private static final class Look {
        private char pad = ' ';
        private boolean upper;
        private boolean swap;
        private int width;
    }

    String format(String pattern) {
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (int at = pattern.indexOf('%'); at >= 0; at = pattern.indexOf('%', from)) {
            out.append(pattern, from, at);
            from = conversion(pattern, at, out);
            meter.text(out.length());
        }
        return out.append(pattern, from, pattern.length()).toString();
    }

    /** Writes the conversion that begins at this index; returns the index after it. */
    private int conversion(String pattern, int begin, StringBuilder out) {
        Look look = new Look();
        int at = begin + 1;
        for (; at < pattern.length() && (FLAGS + "^#").indexOf(pattern.charAt(at)) >= 0; at++) {
            char flag = pattern.charAt(at);
            look.upper |= flag == '^';
            look.swap |= flag == '#';
            look.pad = FLAGS.indexOf(flag) >= 0 ? flag : look.pad;
        }
        for (; at < pattern.length() && pattern.charAt(at) >= '0' && pattern.charAt(at) <= '9'; at++) {
            look.width = Math.min(look.width * 10 + pattern.charAt(at) - '0', WIDEST);
        }
        char modifier = at < pattern.length() && "EO".indexOf(pattern.charAt(at)) >= 0 ? pattern.charAt(at++) : ' ';
        int end = Math.min(at + 1, pattern.length());
        meter.text(look.width);
        out.append(
                at < end && isKnown(pattern.charAt(at), modifier)
                        ? field(pattern.charAt(at), look)
                        : padded(raised(pattern.substring(begin, end), look), look));
        return end;
    }

    private static boolean isKnown(char name, char modifier) {
        return CONVERSIONS.indexOf(name) >= 0
                && !(modifier == 'E' && NOT_AFTER_E.indexOf(name) >= 0)
                && !(modifier == 'O' && NOT_AFTER_O.indexOf(name) >= 0);
    }

    private String field(char name, Look look) {
        return switch (name) {
            case '%' -> padded("%", look);
            case 'n' -> padded("\n", look);
            case 't' -> padded("\t", look);
            case 'a' -> word(time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH), look);
            case 'A' -> word(time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH), look);
            case 'b', 'h' -> word(time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH), look);
            case 'B' -> word(time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH), look);
            case 'p' -> padded(half(look.swap), look);
            case 'P' -> padded(half(true), look);
            case 'c' -> several("%a %b %e %H:%M:%S %Y", look);
            case 'D', 'x' -> several("%m/%d/%y", look);
            case 'F' -> several("%Y-%m-%d", look);
            case 'r' -> several("%I:%M:%S %p", look);
            case 'R' -> several("%H:%M", look);
            case 'T', 'X' -> several("%H:%M:%S", look);
            case 'z', 'Z' -> "";
            default -> number(name, look);
        };
    }

    private String number(char name, Look look) {
        int year = time.getYear();
        int weekYear = time.get(IsoFields.WEEK_BASED_YEAR);
        int fromSunday = time.getDayOfWeek().getValue() % 7;
        int dayOfYear = time.getDayOfYear();
        int hour = time.getHour();
        return switch (name) {
            case 'C' -> number(year / 100, 2, look);
            case 'd' -> number(time.getDayOfMonth(), 2, look);
            case 'e' -> spaced(time.getDayOfMonth(), look);
            case 'f' -> String.format(Locale.ROOT, "%06d", time.get(ChronoField.MICRO_OF_SECOND));
            case 'g' -> number(weekYear % 100, 2, look);
            case 'G' -> number(weekYear, 1, look);
            case 'H' -> number(hour, 2, look);
            case 'I' -> number((hour + 11) % 12 + 1, 2, look);
            case 'j' -> number(dayOfYear, 3, look);
            case 'k' -> spaced(hour, look);
            case 'l' -> spaced((hour + 11) % 12 + 1, look);
            case 'm' -> number(time.getMonthValue(), 2, look);
            case 'M' -> number(time.getMinute(), 2, look);
            case 's' -> padded(Long.toString(time.toEpochSecond()), look);
            case 'S' -> number(time.getSecond(), 2, look);
            case 'u' -> number(time.getDayOfWeek().getValue(), 1, look);
            case 'U' -> number((dayOfYear + 6 - fromSunday) / 7, 2, look);
            case 'V' -> number(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, look);
            case 'w' -> number(fromSunday, 1, look);
            case 'W' -> number((dayOfYear + 6 - (fromSunday + 6) % 7) / 7, 2, look);
            case 'y' -> number(year % 100, 2, look);
            default -> number(year, 1, look);
        };
    }

    private String half(boolean lower) {
        String half = time.getHour() < 12 ? "AM" : "PM";
        return lower ? half.toLowerCase(Locale.ROOT) : half;
    }

    private static String word(String word, Look look) {
        return padded(look.swap ? word.toUpperCase(Locale.ROOT) : raised(word, look), look);
    }

    private String several(String conversions, Look look) {
        return padded(raised(format(conversions), look), look);
    }

    private static String raised(String text, Look look) {
        return look.upper ? text.toUpperCase(Locale.ROOT) : text;
    }

    private static String number(long value, int digits, Look look) {
        String number = Long.toString(value);
        if (look.pad == '-') {
            return padded(number, look);
        }
        int missing = Math.max(digits, look.width) - number.length();
        return (look.pad == '_' ? " " : "0").repeat(Math.max(missing, 0)) + number;
    }

    /** A number of two digits, padded with a space instead of a zero. */
    private static String spaced(long value, Look look) {
        if (look.pad == ' ') {
            look.pad = '_';
        }
        return number(value, 2, look);
    }

    private static String padded(String text, Look look) {
        return (look.pad == '0' ? "0" : " ").repeat(Math.max(look.width - text.length(), 0)) + text;
    }
}
