/** Documents read with the full cache and under settings beside it: next-token divergence and attention covered. */
@NullMarked
package dev.sublinear.evaluation.fidelity;

import org.jspecify.annotations.NullMarked;
