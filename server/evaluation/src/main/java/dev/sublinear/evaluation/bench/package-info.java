/** Speed and memory of a model and its cache, measured side by side. */
@NullMarked
package dev.sublinear.evaluation.bench;

import org.jspecify.annotations.NullMarked;
