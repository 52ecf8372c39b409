/**
 * Reads checkpoints and runs their decoder over pruned caches.
 *
 * <p>{@link dev.sublinear.model.Checkpoint} goes from files, which may be damaged or hostile, to sizes and
 * tensors that are known to fit together; {@link dev.sublinear.model.CausalLm} from there to logits.
 */
@NullMarked
package dev.sublinear.model;

import org.jspecify.annotations.NullMarked;
