/** Attention that has not been learned: of shuffled weights and of Gaussian logits. */
@NullMarked
package dev.sublinear.evaluation.control;

import org.jspecify.annotations.NullMarked;
