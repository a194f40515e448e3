/** {@code berth exec}: commands and terminals in a session. */
@NullMarked
package dev.berth.cli.exec;

import org.jspecify.annotations.NullMarked;
