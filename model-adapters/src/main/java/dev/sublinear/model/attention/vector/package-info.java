/** Attention by the vectors of the processor: all that needs the incubating module, compiled and loaded where that is. */
@NullMarked
package dev.sublinear.model.attention.vector;

import org.jspecify.annotations.NullMarked;
