/** Means with bootstrap intervals, quantiles, and the logarithms of a row of logits. Knows no model. */
@NullMarked
package dev.sublinear.evaluation.statistics;

import org.jspecify.annotations.NullMarked;
