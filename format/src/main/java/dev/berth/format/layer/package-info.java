/**
 * How the layers of a runtime manifest meet: pure functions that the control plane's plan and the
 * executor's restore share, so that the one shows what the other does.
 */
@NullMarked
package dev.berth.format.layer;

import org.jspecify.annotations.NullMarked;
