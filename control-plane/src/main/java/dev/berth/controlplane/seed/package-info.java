/**
 * Files of a project that manifests put in place: sets that never change, each one object of the
 * store.
 */
@NullMarked
package dev.berth.controlplane.seed;

import org.jspecify.annotations.NullMarked;
