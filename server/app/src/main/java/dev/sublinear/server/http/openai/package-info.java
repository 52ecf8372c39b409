/** Requests and replies on the wire, in the shapes that OpenAI's clients expect. */
@NullMarked
package dev.sublinear.server.http.openai;

import org.jspecify.annotations.NullMarked;
