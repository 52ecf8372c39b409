/**
 * Turns what the engine generates into replies: a {@code Reply} listens to a generation and sends it, whole or as a stream of
 * events, in the {@code Shape} of the API that was asked.
 */
@NullMarked
package dev.sublinear.server.http.reply;

import org.jspecify.annotations.NullMarked;
