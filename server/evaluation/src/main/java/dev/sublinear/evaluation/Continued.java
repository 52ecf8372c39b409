package dev.sublinear.evaluation;

/**
 * A setting that writes on by itself, the likeliest token each time, beside the full cache.
 *
 * @param context tokens of a document that are read first
 * @param tokens generated after each
 * @param prefix tokens until the first that differs from the full cache's
 * @param distinct1 share of the generated tokens that are different ones, Li et al., 2016: low where text goes round in circles
 * @param distinct2 the same of pairs of neighbours
 * @param fullDistinct1 of the full cache
 * @param fullDistinct2 of the full cache
 */
public record Continued(
        Setting setting,
        int context,
        int tokens,
        Interval prefix,
        Interval distinct1,
        Interval distinct2,
        Interval fullDistinct1,
        Interval fullDistinct2) {}
