/** The provider that runs a plain program. */
@NullMarked
package dev.berth.executor.provider.exec;

import org.jspecify.annotations.NullMarked;
