/** The power law with the smallest footprint that keeps a model within a target, and its profile. */
@NullMarked
package dev.sublinear.evaluation.calibration;

import org.jspecify.annotations.NullMarked;
