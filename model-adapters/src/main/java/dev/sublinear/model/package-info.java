/**
 * Reads checkpoints: from a directory on disk, which may be damaged or hostile, to sizes and tensors that are known to
 * fit together. Start at {@link dev.sublinear.model.ModelDirectory}.
 */
@NullMarked
package dev.sublinear.model;

import org.jspecify.annotations.NullMarked;
