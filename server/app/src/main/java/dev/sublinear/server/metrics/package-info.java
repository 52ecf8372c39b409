/** Listeners that turn what engine and HTTP server announce into meters. */
@NullMarked
package dev.sublinear.server.metrics;

import org.jspecify.annotations.NullMarked;
