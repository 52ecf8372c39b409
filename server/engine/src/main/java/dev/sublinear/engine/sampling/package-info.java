/** From logits to a token, in Java, with a random stream for each request. */
@NullMarked
package dev.sublinear.engine.sampling;

import org.jspecify.annotations.NullMarked;
