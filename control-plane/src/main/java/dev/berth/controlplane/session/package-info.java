/**
 * Sessions: a durable workspace and how to run in it. Records what is wished and what is; the
 * reconcilers of {@code worker} bring the one to the other.
 */
@NullMarked
package dev.berth.controlplane.session;

import org.jspecify.annotations.NullMarked;
