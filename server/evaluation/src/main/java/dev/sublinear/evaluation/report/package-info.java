/** Findings as files: JSON, CSV, a Markdown table and a page with plots and verdicts. */
@NullMarked
package dev.sublinear.evaluation.report;

import org.jspecify.annotations.NullMarked;
