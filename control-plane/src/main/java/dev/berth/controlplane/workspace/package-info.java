/** The files of sessions, as clients see them. */
@NullMarked
package dev.berth.controlplane.workspace;

import org.jspecify.annotations.NullMarked;
