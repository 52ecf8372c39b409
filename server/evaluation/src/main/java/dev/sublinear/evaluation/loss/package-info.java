/**
 * What the output of each head loses by the tokens that it keeps, measured without evicting any. The one part of evaluation that
 * computes with tensors, each time in a scope of its own.
 */
@NullMarked
package dev.sublinear.evaluation.loss;

import org.jspecify.annotations.NullMarked;
