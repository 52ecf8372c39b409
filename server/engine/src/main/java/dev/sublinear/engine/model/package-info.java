/** What the engine asks of a model, and the decoder that answers it. */
@NullMarked
package dev.sublinear.engine.model;

import org.jspecify.annotations.NullMarked;
