/** Checkpoints as Hugging Face lays them out: a directory with config.json and safetensors. */
@NullMarked
package dev.sublinear.model.huggingface;

import org.jspecify.annotations.NullMarked;
