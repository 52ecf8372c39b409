package dev.sublinear.evaluation.probe;

import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Interval;

/**
 * What a setting remembers of what the full cache remembers.
 *
 * @param context tokens before the questions
 * @param trials put to the full cache
 * @param full share of them that it answers rightly
 * @param known trials of which it answers something rightly: only these are put to the setting
 * @param recalled share of what the full cache answers rightly that the setting does, too; not a number where that is none
 */
public record ProbeResult(
        String probe, Setting setting, int context, int trials, Interval full, int known, Interval recalled) {}
