/** {@code berth run}: running programs, following their events, asking about runs. */
@NullMarked
package dev.berth.cli.run;

import org.jspecify.annotations.NullMarked;
