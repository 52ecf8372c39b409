/** Placeholder while the module takes shape. */
@NullMarked
package dev.sublinear.model;

import org.jspecify.annotations.NullMarked;
