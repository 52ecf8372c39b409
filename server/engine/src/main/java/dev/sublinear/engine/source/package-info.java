/** Where a model comes from: a checkpoint, random weights of a known shape, or a stub that stands in for one. */
@NullMarked
package dev.sublinear.engine.source;

import org.jspecify.annotations.NullMarked;
