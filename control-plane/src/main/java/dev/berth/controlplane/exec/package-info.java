/**
 * Commands and terminals beside the runs. Rows say what they are; what they print and are given
 * goes over relays and is kept with their executor.
 */
@NullMarked
package dev.berth.controlplane.exec;

import org.jspecify.annotations.NullMarked;
