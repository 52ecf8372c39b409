/** From logits to a token, in Java, with a random stream for each request. */
@NullMarked
package dev.sublinear.server.sampling;

import org.jspecify.annotations.NullMarked;
