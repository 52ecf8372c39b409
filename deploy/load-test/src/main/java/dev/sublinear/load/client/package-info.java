/** The client: streams many requests at once, and knows when each token came. */
@NullMarked
package dev.sublinear.load.client;

import org.jspecify.annotations.NullMarked;
