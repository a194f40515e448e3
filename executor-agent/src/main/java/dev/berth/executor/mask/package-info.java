/** What must not be seen of what processes print. */
@NullMarked
package dev.berth.executor.mask;

import org.jspecify.annotations.NullMarked;
