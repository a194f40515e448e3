/** The provider that drives claude-code, by its stream of JSON lines. */
@NullMarked
package dev.berth.executor.provider.claude;

import org.jspecify.annotations.NullMarked;
