/** Attention over the memory of pruned caches, in Java's vectors. */
@NullMarked
package dev.sublinear.model.attention;

import org.jspecify.annotations.NullMarked;
