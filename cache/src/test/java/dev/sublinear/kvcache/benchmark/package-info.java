/** What the cache costs. Run by the profile {@code jmh}, see deploy/benchmarks/README.md. */
@NullMarked
package dev.sublinear.kvcache.benchmark;

import org.jspecify.annotations.NullMarked;
