/** Where workers run: a port without the words of any engine, and what it speaks in. */
@NullMarked
package dev.berth.executor.container;

import org.jspecify.annotations.NullMarked;
