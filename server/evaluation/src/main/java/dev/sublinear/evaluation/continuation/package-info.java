/** Free-running generation: how the text of a pruned cache departs from that of the full one. */
@NullMarked
package dev.sublinear.evaluation.continuation;

import org.jspecify.annotations.NullMarked;
