/** The plots of the report: each answers one question from the findings. */
@NullMarked
package dev.sublinear.evaluation.plot;

import org.jspecify.annotations.NullMarked;
