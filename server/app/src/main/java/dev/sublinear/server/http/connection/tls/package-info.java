/** The encryption of connections. */
@NullMarked
package dev.sublinear.server.http.connection.tls;

import org.jspecify.annotations.NullMarked;
