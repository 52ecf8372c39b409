/** HTTP as bytes: what of it is understood, and how replies leave. */
@NullMarked
package dev.sublinear.server.http.connection.wire;

import org.jspecify.annotations.NullMarked;
