/** Text to token ids and back. */
@NullMarked
package dev.sublinear.model.text;

import org.jspecify.annotations.NullMarked;
