/** Line charts as SVG text: a few shapes, no AWT, nothing that a browser has to fetch. */
@NullMarked
package dev.sublinear.evaluation.chart;

import org.jspecify.annotations.NullMarked;
