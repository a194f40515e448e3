/**
 * Snapshots and the packs they are made of: rows before URLs, commits that move a session's head,
 * collection of what was never committed.
 */
@NullMarked
package dev.berth.controlplane.snapshot;

import org.jspecify.annotations.NullMarked;
