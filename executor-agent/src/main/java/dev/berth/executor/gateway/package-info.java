/**
 * The way from a sandbox to models: what is asked there is passed on, with a key the sandbox never
 * sees.
 */
@NullMarked
package dev.berth.executor.gateway;

import org.jspecify.annotations.NullMarked;
