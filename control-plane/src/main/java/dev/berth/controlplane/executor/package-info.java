/**
 * Executors: enrolment, the link with its orders and reports, leases. It knows none of the features
 * that give orders or understand reports: they implement {@link
 * dev.berth.controlplane.executor.OrderSource}, {@link dev.berth.controlplane.executor.WorkerLink},
 * {@link dev.berth.controlplane.executor.RunLink}, {@link
 * dev.berth.controlplane.executor.RelayLink} and {@link
 * dev.berth.controlplane.executor.SnapshotLink}, all of which are part of the link and may use its
 * protobuf types.
 */
@NullMarked
package dev.berth.controlplane.executor;

import org.jspecify.annotations.NullMarked;
