/**
 * What a process printed, kept on the host in files that outlive the agent, and positions in it.
 */
@NullMarked
package dev.berth.executor.journal;

import org.jspecify.annotations.NullMarked;
