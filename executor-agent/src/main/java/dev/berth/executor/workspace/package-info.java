/**
 * A session's files on this host: the copy and its disk, saving it as packs and a manifest,
 * restoring it, and file operations on it. Everything reaches a copy through {@link
 * dev.berth.executor.linux}, since a sandbox may be writing in it. Nothing here knows containers,
 * processes or the wire.
 */
@NullMarked
package dev.berth.executor.workspace;

import org.jspecify.annotations.NullMarked;
