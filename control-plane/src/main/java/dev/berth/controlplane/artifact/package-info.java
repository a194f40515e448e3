/**
 * Artifacts: files that runs name and clients keep, and payloads too large for an event. The row
 * comes first, then the object; both go by the collector alone.
 */
@NullMarked
package dev.berth.controlplane.artifact;

import org.jspecify.annotations.NullMarked;
