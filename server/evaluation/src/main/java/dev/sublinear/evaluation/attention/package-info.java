/** What full attention shows: keys needed for a share of its weight, what the per-query oracle loses, how both grow. */
@NullMarked
package dev.sublinear.evaluation.attention;

import org.jspecify.annotations.NullMarked;
