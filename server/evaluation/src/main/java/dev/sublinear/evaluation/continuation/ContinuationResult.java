package dev.sublinear.evaluation.continuation;

import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Interval;

/**
 * Greedy continuations under one setting, beside those of the full cache.
 *
 * @param context tokens of a document that are read first
 * @param tokens generated for each document
 * @param prefix tokens before the first that differs from the full cache's
 * @param distinct1 distinct-1, the share of different ones among the generated tokens: low where a text repeats itself. Li et al.,
 *     <a href="https://arxiv.org/abs/1510.03055">2016</a>
 * @param distinct2 distinct-2, the same of pairs of neighbours
 * @param fullDistinct1 distinct-1 of the full cache
 * @param fullDistinct2 distinct-2 of the full cache
 */
public record ContinuationResult(
        Setting setting,
        int context,
        int tokens,
        Interval prefix,
        Interval distinct1,
        Interval distinct2,
        Interval fullDistinct1,
        Interval fullDistinct2) {}
