package dev.berth.executor.linux;

import dev.berth.format.FileName;

/**
 * A name as its directory holds it.
 *
 * @param type a hint: what stands behind the name may have changed since
 */
public record DirectoryEntry(FileName name, FileType type) {}
