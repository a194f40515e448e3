/** Processes of runs: started once, adopted after a restart, ended with a cause. */
@NullMarked
package dev.berth.executor.process;

import org.jspecify.annotations.NullMarked;
