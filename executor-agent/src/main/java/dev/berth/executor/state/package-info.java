/**
 * What the agent keeps on its own disk: who it is, and small records that survive its kill at any
 * moment.
 */
@NullMarked
package dev.berth.executor.state;

import org.jspecify.annotations.NullMarked;
