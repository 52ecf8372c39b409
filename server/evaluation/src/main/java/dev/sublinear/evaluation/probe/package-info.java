/** What is remembered: probes tell something in a context and ask for it after the evictions. */
@NullMarked
package dev.sublinear.evaluation.probe;

import org.jspecify.annotations.NullMarked;
