/**
 * How models write answers: what they think, say and call. {@code Dialect} finds out from a checkpoint's template;
 * {@code AnswerReader} tells the parts of an answer as they come; {@code Dialect} also writes what a constraint must allow.
 *
 * <p>A way of writing calls is one file: a {@code ToolFormat}, and its line in {@code ToolFormats}.
 */
@NullMarked
package dev.sublinear.engine.chat;

import org.jspecify.annotations.NullMarked;
