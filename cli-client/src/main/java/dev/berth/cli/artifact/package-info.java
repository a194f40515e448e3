/** {@code berth artifact …}. */
@NullMarked
package dev.berth.cli.artifact;

import org.jspecify.annotations.NullMarked;
