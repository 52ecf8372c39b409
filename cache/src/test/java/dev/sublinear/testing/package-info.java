/** What the tests of all modules share. */
@NullMarked
package dev.sublinear.testing;

import org.jspecify.annotations.NullMarked;
