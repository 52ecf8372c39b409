package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.setting.LengthGrid;
import java.util.List;

/**
 * The goal of a calibration: the power law with the smallest footprint that meets a target at every length of the grid.
 *
 * @param length of the longest context, in tokens
 * @param documents number, half to fit on, half to check on
 * @param scorers to choose from
 */
public record CalibrationGoal(QualityTarget target, int length, int documents, List<String> scorers) {
    public CalibrationGoal {
        scorers = List.copyOf(scorers);
        if (documents < 4) {
            throw new IllegalArgumentException(
                    "documents must be at least 4, half to fit and half to check, was " + documents);
        }
        if (length < 2 * LengthGrid.FIRST) {
            throw new IllegalArgumentException(
                    "length must be at least " + 2 * LengthGrid.FIRST + " tokens, was " + length);
        }
    }
}
