/** Placeholder while the module takes shape. */
@NullMarked
package dev.sublinear.server;

import org.jspecify.annotations.NullMarked;
