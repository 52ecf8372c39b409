/** Regular expressions of ECMA-262, as far as they are regular, and their automata over the bytes of a JSON string. */
@NullMarked
package dev.sublinear.engine.constraint.regex;

import org.jspecify.annotations.NullMarked;
