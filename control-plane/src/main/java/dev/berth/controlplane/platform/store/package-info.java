/** The object store. */
@NullMarked
package dev.berth.controlplane.platform.store;

import org.jspecify.annotations.NullMarked;
