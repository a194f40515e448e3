/** What an operator's Prometheus reads: counts out of the database, and nothing secret. */
@NullMarked
package dev.berth.controlplane.metrics;

import org.jspecify.annotations.NullMarked;
