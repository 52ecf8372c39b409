/** Guesses what a model will say next, for one step to verify. */
@NullMarked
package dev.sublinear.engine.drafting;

import org.jspecify.annotations.NullMarked;
