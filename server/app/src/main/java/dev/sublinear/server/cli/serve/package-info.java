/** The command that serves, and all that it puts together. */
@NullMarked
package dev.sublinear.server.cli.serve;

import org.jspecify.annotations.NullMarked;
