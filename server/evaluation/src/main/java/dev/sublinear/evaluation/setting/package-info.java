/** The settings that are compared, the lengths at which they are, and when two of them cost the same memory. */
@NullMarked
package dev.sublinear.evaluation.setting;

import org.jspecify.annotations.NullMarked;
