/** How many tokens may stay: of all heads the same, or of each head by a law of its own. */
@NullMarked
package dev.sublinear.kvcache.budget;

import org.jspecify.annotations.NullMarked;
