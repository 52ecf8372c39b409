/** Families of decoders: how each says its sizes in config.json and names its weights. */
@NullMarked
package dev.sublinear.model.family;

import org.jspecify.annotations.NullMarked;
