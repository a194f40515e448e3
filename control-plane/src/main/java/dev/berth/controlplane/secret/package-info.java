/** Secrets: values that runs' processes get and nobody reads again, encrypted at rest. */
@NullMarked
package dev.berth.controlplane.secret;

import org.jspecify.annotations.NullMarked;
