/** One thread that owns the model and computes the tokens of all sequences. Knows no HTTP, JSON or metrics library. */
@NullMarked
package dev.sublinear.engine.generation;

import org.jspecify.annotations.NullMarked;
