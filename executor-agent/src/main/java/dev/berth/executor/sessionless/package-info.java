/** Attempts at runs without a session: their providers need no worker. */
@NullMarked
package dev.berth.executor.sessionless;

import org.jspecify.annotations.NullMarked;
