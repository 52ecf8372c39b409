/** The one decoder that computes every family, on DJL's PyTorch engine with TorchScript of its own. */
@NullMarked
package dev.sublinear.model.decoder;

import org.jspecify.annotations.NullMarked;
