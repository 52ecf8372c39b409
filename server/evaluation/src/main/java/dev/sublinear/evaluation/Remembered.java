package dev.sublinear.evaluation;

/**
 * A setting on a probe.
 *
 * @param score share of what was asked that came back right
 * @param full the same with the full cache
 * @param normalised {@code score} as a share of it; not a number where the full cache remembers nothing either
 */
public record Remembered(
        String probe, Setting setting, int context, int trials, Interval score, Interval full, double normalised) {}
