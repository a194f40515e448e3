/** The control plane: owns every decision, keeps all state in PostgreSQL. */
@NullMarked
package dev.berth.controlplane;

import org.jspecify.annotations.NullMarked;
