/**
 * The history of every resource but runs: one feed a project. Other features record facts here, in
 * the transaction that makes them true; what types there are stands in docs/EVENTS.md.
 */
@NullMarked
package dev.berth.controlplane.event;

import org.jspecify.annotations.NullMarked;
