/** One class for each published method of eviction. To add one, see CONTRIBUTING.md. */
@NullMarked
package dev.sublinear.kvcache.scorer;

import org.jspecify.annotations.NullMarked;
