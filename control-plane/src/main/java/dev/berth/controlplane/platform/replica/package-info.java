/** This process among its equals: its row, its heartbeat, ways to the others. */
@NullMarked
package dev.berth.controlplane.platform.replica;

import org.jspecify.annotations.NullMarked;
