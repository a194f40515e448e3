/** {@code berth queue}. */
@NullMarked
package dev.berth.cli.queue;

import org.jspecify.annotations.NullMarked;
