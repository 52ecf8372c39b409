/**
 * Trained models in any file format: sizes, weights, tokenizer and templates, checked to fit together. The files may be damaged or
 * hostile.
 */
@NullMarked
package dev.sublinear.model.checkpoint;

import org.jspecify.annotations.NullMarked;
