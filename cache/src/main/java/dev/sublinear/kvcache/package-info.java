/** Placeholder while the module takes shape. */
@NullMarked
package dev.sublinear.kvcache;

import org.jspecify.annotations.NullMarked;
