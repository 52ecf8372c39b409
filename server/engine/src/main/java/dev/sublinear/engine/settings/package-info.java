/** What can be set of a model that runs, and whether it fits into memory. */
@NullMarked
package dev.sublinear.engine.settings;

import org.jspecify.annotations.NullMarked;
