/**
 * Runs: one turn of a provider in a session. Creates, claims and settles them, numbers what they
 * say, and shows it to those who watch.
 *
 * <p>Lock order within a transaction: session, run, cursor, copy; several of a kind by id.
 */
@NullMarked
package dev.berth.controlplane.run;

import org.jspecify.annotations.NullMarked;
