/** The provider that drives codex, by the JSON-RPC of its app server. */
@NullMarked
package dev.berth.executor.provider.codex;

import org.jspecify.annotations.NullMarked;
