/**
 * Routes and their handlers: what the server can be asked, who may ask, and how a request reaches the engine. A handler gets
 * a whole request and knows nothing of sockets; {@code connection} has those, {@code reply} the shapes of answers and {@code
 * openai} the records on the wire.
 */
@NullMarked
package dev.sublinear.server.http;

import org.jspecify.annotations.NullMarked;
