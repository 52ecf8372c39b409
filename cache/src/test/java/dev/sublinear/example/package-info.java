/** What a user of the library writes. */
@NullMarked
package dev.sublinear.example;

import org.jspecify.annotations.NullMarked;
