/**
 * How a call is refused: reasons, the exception that carries one, and the one mapper to a status.
 */
@NullMarked
package dev.berth.controlplane.platform.errors;

import org.jspecify.annotations.NullMarked;
