/**
 * Workers of this executor: what the control plane orders is brought about step by step, each step
 * recorded on disk before and after it is taken, so that an agent killed anywhere goes on where it
 * stood.
 */
@NullMarked
package dev.berth.executor.worker;

import org.jspecify.annotations.NullMarked;
