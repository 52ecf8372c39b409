/**
 * The formats in which the matrices of a model are held and multiplied. Each is one class here, which knows its memory, and one
 * in {@code linear.py}, which multiplies.
 */
@NullMarked
package dev.sublinear.model.precision;

import org.jspecify.annotations.NullMarked;
