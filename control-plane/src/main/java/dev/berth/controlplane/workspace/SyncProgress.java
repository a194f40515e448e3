package dev.berth.controlplane.workspace;

/**
 * How far the orders for a copy have come.
 *
 * @param ordered the newest order
 * @param answered the newest that was carried out
 * @param failures in a row
 * @param error the newest failure, a code; empty for none
 */
record SyncProgress(long ordered, long answered, int failures, String error) {}
