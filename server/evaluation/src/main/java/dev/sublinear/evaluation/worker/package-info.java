/** Threads that each own a model, and the file of results from which a stopped run goes on. */
@NullMarked
package dev.sublinear.evaluation.worker;

import org.jspecify.annotations.NullMarked;
