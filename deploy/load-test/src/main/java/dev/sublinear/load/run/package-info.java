/** A run: when requests begin, for how long, and what became of them. */
@NullMarked
package dev.sublinear.load.run;

import org.jspecify.annotations.NullMarked;
