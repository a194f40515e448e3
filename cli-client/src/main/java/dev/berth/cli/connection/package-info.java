/** Finding a control plane, speaking to it, and turning names into ids. */
@NullMarked
package dev.berth.cli.connection;

import org.jspecify.annotations.NullMarked;
