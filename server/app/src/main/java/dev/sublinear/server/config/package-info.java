/** The configuration of the server, and where it comes from. */
@NullMarked
package dev.sublinear.server.config;

import org.jspecify.annotations.NullMarked;
