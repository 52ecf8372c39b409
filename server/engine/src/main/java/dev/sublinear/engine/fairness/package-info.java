/** What callers may hold of something that all of them share. */
@NullMarked
package dev.sublinear.engine.fairness;

import org.jspecify.annotations.NullMarked;
