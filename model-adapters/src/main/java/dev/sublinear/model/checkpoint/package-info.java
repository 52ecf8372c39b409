/**
 * Trained models in whatever format: sizes, numbers, tokenizer and templates that are known to fit together, read from files that may be
 * damaged or hostile.
 */
@NullMarked
package dev.sublinear.model.checkpoint;

import org.jspecify.annotations.NullMarked;
