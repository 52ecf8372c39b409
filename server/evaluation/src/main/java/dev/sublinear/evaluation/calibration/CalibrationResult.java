package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.statistics.Interval;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.util.List;

/**
 * The laws that a calibration has found, and what they cost.
 *
 * @param shape of the model's caches
 * @param policy with these laws as its budget
 * @param intervals of the laws' numbers, over documents
 * @param knob what was tried to meet a divergence, in that order; empty where a share was given
 * @param checked the policy at each length, on documents that nothing was fitted to
 * @param documents that took part
 */
public record CalibrationResult(
        CalibrationGoal goal,
        KvShape shape,
        EvictionPolicy policy,
        HeadLaws laws,
        LawIntervals intervals,
        List<ShareSearch.Tried> knob,
        List<Checked> checked,
        Roles<String> documents) {

    /** Returns whether the aim holds on the documents that nothing was fitted to; a share always does. */
    public boolean met() {
        return !(goal.aim() instanceof CalibrationGoal.Aim.Divergence most)
                || checked.stream().allMatch(row -> row.kl().mean() <= most.nats());
    }

    /**
     * The policy at one context length.
     *
     * @param n tokens of context
     * @param kept tokens that a head holds, in whole blocks and those since the last trim: the mean over the heads
     * @param bytes of the cache
     * @param uncutBytes of the full cache
     * @param kl KL divergence of the next token from the full cache over the positions that follow n/2 to n tokens, nats
     */
    public record Checked(int n, int kept, long bytes, long uncutBytes, Interval kl) {}
}
