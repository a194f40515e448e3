/** About the installation itself. */
@NullMarked
package dev.berth.controlplane.system;

import org.jspecify.annotations.NullMarked;
