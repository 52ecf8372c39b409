/**
 * GGUF, the format of llama.cpp: a file, or several parts, of sizes, tokenizer, chat template and weights in blocks of a few
 * bits. {@link dev.sublinear.model.gguf.GgufCheckpoint} is all of it together.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
@NullMarked
package dev.sublinear.model.gguf;

import org.jspecify.annotations.NullMarked;
