/** Projects: the namespace of everything else, and the unit of access. */
@NullMarked
package dev.berth.controlplane.project;

import org.jspecify.annotations.NullMarked;
