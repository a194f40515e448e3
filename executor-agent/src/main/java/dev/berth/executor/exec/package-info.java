/**
 * Commands and terminals that clients start beside runs: they live while this agent does, their
 * newest output is kept in rings on the host.
 */
@NullMarked
package dev.berth.executor.exec;

import org.jspecify.annotations.NullMarked;
