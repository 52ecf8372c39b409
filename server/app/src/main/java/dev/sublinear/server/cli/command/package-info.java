/** What commands share: options, failures, progress. */
@NullMarked
package dev.sublinear.server.cli.command;

import org.jspecify.annotations.NullMarked;
