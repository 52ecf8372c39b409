/** The command that holds a conversation, and the screens that it is held on. */
@NullMarked
package dev.sublinear.server.cli.chat;

import org.jspecify.annotations.NullMarked;
