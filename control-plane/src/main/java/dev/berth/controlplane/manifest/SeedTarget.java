package dev.berth.controlplane.manifest;

import dev.berth.controlplane.seed.SeedFile;
import dev.berth.controlplane.seed.SeedSet;
import dev.berth.format.FileName;
import java.util.List;

/**
 * One file that a seed puts in place.
 *
 * @param seed its number in the manifest
 * @param path below the workspace
 */
record SeedTarget(int seed, List<FileName> path, int mode, SeedFile file, SeedSet set) {}
