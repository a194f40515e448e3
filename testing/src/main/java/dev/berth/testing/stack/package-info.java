/** A whole Berth of real processes on this machine, for tests that kill them. */
@NullMarked
package dev.berth.testing.stack;

import org.jspecify.annotations.NullMarked;
