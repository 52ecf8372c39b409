/**
 * Fetches checkpoints from the Hugging Face hub, or a mirror of it, into the cache that its Python tools use.
 *
 * <p>{@link dev.sublinear.model.hub.Hub} is the door. The protocol and the layout of the cache are those of
 * <a href="https://github.com/huggingface/huggingface_hub">huggingface_hub</a>; what it does not do is done here: a
 * broken download goes on in another process, and every file is hashed before it counts as there.
 */
@NullMarked
package dev.sublinear.model.hub;

import org.jspecify.annotations.NullMarked;
