package dev.sublinear.evaluation;

import java.util.List;

/**
 * What a calibration looks for: the schedule with the smallest footprint that keeps to a target at every
 * length up to the longest.
 *
 * @param target at any length of the grid
 * @param length of the longest context, in tokens
 * @param documents half of which are fitted on, half checked on
 * @param scorers to choose from
 */
public record CalibrationGoal(Target target, int length, int documents, List<String> scorers) {
    public CalibrationGoal {
        scorers = List.copyOf(scorers);
        if (documents < 4) {
            throw new IllegalArgumentException(
                    "documents must be at least 4, half to fit and half to check, was " + documents);
        }
        if (length < 2 * Grid.FIRST) {
            throw new IllegalArgumentException("length must be at least " + 2 * Grid.FIRST + " tokens, was " + length);
        }
    }
}
