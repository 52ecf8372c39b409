/** What policies keep of attention that is synthetic or was recorded: no model runs. */
@NullMarked
package dev.sublinear.kvcache.simulation;

import org.jspecify.annotations.NullMarked;
