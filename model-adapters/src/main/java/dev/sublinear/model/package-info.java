/**
 * A causal language model over pruned caches: what it is ({@link dev.sublinear.model.ModelSpec}), how it computes
 * ({@link dev.sublinear.model.Execution}), and what it does ({@link dev.sublinear.model.CausalLm}).
 *
 * <p>The packages below read checkpoints, compute the decoder, and turn text into tokens; they know this one, and it knows
 * none of them but {@code precision} and {@code rotary}.
 */
@NullMarked
package dev.sublinear.model;

import org.jspecify.annotations.NullMarked;
