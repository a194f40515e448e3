package dev.berth.controlplane.snapshot;

/**
 * {@code UPLOADING → LIVE}, by the commit of a snapshot that names the pack; {@code UPLOADING →
 * DOOMED}, by collection. Nothing leads out of DOOMED but the row's removal.
 */
enum PackState {
  UPLOADING,
  LIVE,
  DOOMED
}
