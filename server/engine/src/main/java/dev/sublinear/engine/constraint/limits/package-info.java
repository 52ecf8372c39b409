/** How much a schema may cost: the limits, what one compilation has used of them, and the refusal beyond them. */
@NullMarked
package dev.sublinear.engine.constraint.limits;

import org.jspecify.annotations.NullMarked;
