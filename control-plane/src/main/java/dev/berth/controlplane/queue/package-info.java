/** Queues: where runs wait, and what bounds them. */
@NullMarked
package dev.berth.controlplane.queue;

import org.jspecify.annotations.NullMarked;
