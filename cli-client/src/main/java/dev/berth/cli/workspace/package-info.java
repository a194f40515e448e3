/** {@code berth workspace}: the files of a session. */
@NullMarked
package dev.berth.cli.workspace;

import org.jspecify.annotations.NullMarked;
