/** The long, seeded, random test. */
@NullMarked
package dev.berth.testing.soak;

import org.jspecify.annotations.NullMarked;
