/**
 * What must be in place before a run may start: the runtime manifests of sessions, resolved, and
 * the plan of what bringing up a worker would do by one.
 */
@NullMarked
package dev.berth.controlplane.manifest;

import org.jspecify.annotations.NullMarked;
