/** What a cache can tell of itself, for study and for tests: none of it is needed to run a model. */
@NullMarked
package dev.sublinear.kvcache.analysis;

import org.jspecify.annotations.NullMarked;
