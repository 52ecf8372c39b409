/**
 * The part of Jinja that chat templates use, read as Python's jinja2 reads it and bounded in work, output and time.
 *
 * <p>{@link dev.sublinear.model.jinja.Template} parses and renders. {@link dev.sublinear.model.jinja.Text} remembers which
 * of its characters a request gave, so that these never become a control token. {@code README.md} beside this file has
 * an example and lists what is supported.
 */
@NullMarked
package dev.sublinear.model.jinja;

import org.jspecify.annotations.NullMarked;
