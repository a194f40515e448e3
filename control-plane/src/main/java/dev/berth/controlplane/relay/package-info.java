/**
 * Byte streams between clients and executors. The instruction is a row ({@code command}); the
 * executor answers it by opening a stream at whatever replica its channel leads to; that replica
 * joins the stream with the client's call, over the replica relay where another replica serves it.
 */
@NullMarked
package dev.berth.controlplane.relay;

import org.jspecify.annotations.NullMarked;
