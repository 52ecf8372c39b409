/** What arguments must be. */
@NullMarked
package dev.sublinear.kvcache.precondition;

import org.jspecify.annotations.NullMarked;
