/** What pruning costs in quality: the pruned cache against the full one, probes of memory, attention itself, and a report. */
@NullMarked
package dev.sublinear.evaluation;

import org.jspecify.annotations.NullMarked;
