/**
 * From a socket to a whole request and back: what bytes pass through on Netty, and the only package that knows it. A {@code
 * Pipeline} refuses what is late, too large or ambiguous, and hands each request to the routes as an {@code Exchange}.
 */
@NullMarked
package dev.sublinear.server.http.connection;

import org.jspecify.annotations.NullMarked;
