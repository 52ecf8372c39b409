/** Findings over a mix of request lengths: settings of equal footprint, power laws against fixed budgets. */
@NullMarked
package dev.sublinear.evaluation.comparison;

import org.jspecify.annotations.NullMarked;
