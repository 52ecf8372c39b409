/** Rotary position embeddings: their frequencies, how these are scaled for longer contexts, and the angles of a step. */
@NullMarked
package dev.sublinear.model.rotary;

import org.jspecify.annotations.NullMarked;
