/**
 * What pruning costs in quality: {@link dev.sublinear.evaluation.Evaluation} runs a plan and returns findings. Its rooms measure;
 * {@code comparison}, {@code plot} and {@code report} read the findings.
 */
@NullMarked
package dev.sublinear.evaluation;

import org.jspecify.annotations.NullMarked;
