/** Attacks on a running server: clients that are slow, leave, forge or send what no client should. */
@NullMarked
package dev.sublinear.server.http.threats;

import org.jspecify.annotations.NullMarked;
