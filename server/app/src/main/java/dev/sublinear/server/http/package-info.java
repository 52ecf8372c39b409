/** The HTTP server: a Netty pipeline that gives a handler one whole, bounded request at a time. */
@NullMarked
package dev.sublinear.server.http;

import org.jspecify.annotations.NullMarked;
