/** {@code berth snapshot}: saved states of sessions' files. */
@NullMarked
package dev.berth.cli.snapshot;

import org.jspecify.annotations.NullMarked;
