/** The commands, and what each of them starts. */
@NullMarked
package dev.sublinear.server.cli;

import org.jspecify.annotations.NullMarked;
