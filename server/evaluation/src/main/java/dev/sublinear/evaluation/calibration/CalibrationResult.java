package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.attention.GrowthExponent;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.List;

/**
 * The setting that a calibration has chosen, and how.
 *
 * @param exponent with which the keys for 95 % of the attention grow, see {@link GrowthExponent}
 * @param candidates for each scorer and exponent the smallest alpha that meets the target
 * @param checked the chosen setting at each length, on documents that it was not fitted on
 * @param met whether the target holds on those documents at every length
 * @param fitted names of the documents fitted on
 * @param checkedOn names of the documents checked on
 */
public record CalibrationResult(
        CalibrationGoal goal,
        Setting setting,
        Interval exponent,
        List<Candidate> candidates,
        List<Checked> checked,
        boolean met,
        List<String> fitted,
        List<String> checkedOn) {

    /**
     * The power laws of one exponent under one scorer, fitted.
     *
     * @param alpha the smallest that meets the target; not a number if none on the grid does
     * @param footprintShare footprint over the mix of lengths, as a share of the full cache's
     */
    public record Candidate(String scorer, double exponent, double alpha, double footprintShare) {}

    /**
     * The chosen setting at one context length.
     *
     * @param n tokens of context
     * @param kept tokens that one head holds
     * @param bytes of the cache
     * @param uncutBytes of the full cache
     * @param kl KL divergence of the next token from the full cache, nats
     * @param nll rise of the negative log-likelihood over the full cache, nats
     */
    public record Checked(int n, int kept, long bytes, long uncutBytes, Interval kl, Interval nll) {}
}
