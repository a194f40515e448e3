/** Adapters that drive one kind of agent program each. */
@NullMarked
package dev.berth.executor.provider;

import org.jspecify.annotations.NullMarked;
