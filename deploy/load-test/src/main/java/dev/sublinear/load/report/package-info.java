/** What a run tells: tables, a page, and what the server holds meanwhile and afterwards. */
@NullMarked
package dev.sublinear.load.report;

import org.jspecify.annotations.NullMarked;
