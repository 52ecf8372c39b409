/** What is run for which question, against which server. */
@NullMarked
package dev.sublinear.load.profile;

import org.jspecify.annotations.NullMarked;
