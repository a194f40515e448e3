/** {@code berth session}. */
@NullMarked
package dev.berth.cli.session;

import org.jspecify.annotations.NullMarked;
