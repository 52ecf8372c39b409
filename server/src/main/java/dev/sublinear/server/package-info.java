/** The configuration of the server, and where it comes from. */
@NullMarked
package dev.sublinear.server;

import org.jspecify.annotations.NullMarked;
