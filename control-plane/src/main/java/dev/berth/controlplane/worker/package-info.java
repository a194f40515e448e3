/**
 * Workers and copies: where sessions run and where their files lie. Its reconcilers bring sessions
 * to what is wished of them.
 */
@NullMarked
package dev.berth.controlplane.worker;

import org.jspecify.annotations.NullMarked;
