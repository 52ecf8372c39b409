/**
 * The part of Jinja that chat templates use, read as Python's jinja2 reads it and bounded in work, output and time.
 *
 * <p>Text remembers which of its characters a request gave, so that these can never become a control token.
 */
@NullMarked
package dev.sublinear.model.jinja;

import org.jspecify.annotations.NullMarked;
