package dev.sublinear.evaluation;

import java.util.List;

/**
 * What a calibration has found.
 *
 * @param setting the chosen one
 * @param exponent of the keys that have 95 % of the attention, see {@link Exponent}
 * @param candidates what was fitted: for each scorer and exponent the smallest alpha that meets the target
 * @param checked the chosen setting at each length, on documents that it was not fitted on
 * @param met whether the target holds there, too
 */
public record Calibrated(
        CalibrationGoal goal,
        Setting setting,
        Interval exponent,
        List<Candidate> candidates,
        List<Checked> checked,
        boolean met,
        List<String> fitted,
        List<String> checkedOn) {

    /**
     * A family of power laws, fitted.
     *
     * @param alpha that meets the target; not a number if none that was tried does
     * @param footprintShare of the full cache's over the mix of lengths
     */
    public record Candidate(String scorer, double exponent, double alpha, double footprintShare) {}

    /** The chosen setting after so many tokens. */
    public record Checked(int n, int kept, long bytes, long uncutBytes, Interval kl, Interval nll) {}
}
