package dev.sublinear.evaluation;

import java.util.List;

/**
 * What one document has shown.
 *
 * @param needs of every query head at every length; empty if attention was not studied
 * @param oracle losses of the per-query oracle at every length
 */
public record Reading(List<Under> settings, List<Need> needs, List<OracleLoss> oracle) {

    /** The document under one setting. */
    public record Under(Setting setting, List<Bucket> buckets, List<Held> held) {}
}
