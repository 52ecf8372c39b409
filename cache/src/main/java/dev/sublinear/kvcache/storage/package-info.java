/** How the keys and values of a layer lie in memory. */
@NullMarked
package dev.sublinear.kvcache.storage;

import org.jspecify.annotations.NullMarked;
