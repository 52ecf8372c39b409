/** Commands that measure speed, and what pruning costs. */
@NullMarked
package dev.sublinear.server.cli.measure;

import org.jspecify.annotations.NullMarked;
