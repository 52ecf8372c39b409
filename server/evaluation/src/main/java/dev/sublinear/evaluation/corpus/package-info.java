/** Long texts as tokens, cut into the documents that are measured on. */
@NullMarked
package dev.sublinear.evaluation.corpus;

import org.jspecify.annotations.NullMarked;
