/**
 * What is in a snapshot, read from the object store alone (docs/WORKSPACE-FORMAT.md): in memory
 * that does not grow with the snapshot, but for its table of packs.
 */
@NullMarked
package dev.berth.controlplane.snapshot.content;

import org.jspecify.annotations.NullMarked;
