package dev.berth.controlplane.snapshot.content;

import dev.berth.common.Id.PackId;
import dev.berth.format.Sha256;

/**
 * An object of the store as the control plane's rows know it.
 *
 * @param sha256 of the whole object
 * @param size in bytes
 */
public record StoredObject(PackId id, String key, Sha256 sha256, long size) {}
