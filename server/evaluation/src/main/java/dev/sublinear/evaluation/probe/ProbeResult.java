package dev.sublinear.evaluation.probe;

import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Interval;

/**
 * The score of a setting on a probe.
 *
 * @param context tokens before the questions
 * @param score the mean of the trials, from 0 to 1
 * @param full the same with the full cache
 * @param normalised {@code score} divided by {@code full}; not a number where the full cache scores 0
 */
public record ProbeResult(
        String probe, Setting setting, int context, int trials, Interval score, Interval full, double normalised) {}
