/** The embedded page, and what it is told of the engine. Knows no HTTP. */
@NullMarked
package dev.sublinear.server.web;

import org.jspecify.annotations.NullMarked;
