/**
 * The snapshot format, version 1: packs and manifests as bytes (docs/WORKSPACE-FORMAT.md). Reading
 * treats every byte as hostile; nothing here touches a workspace or a network.
 */
@NullMarked
package dev.berth.format;

import org.jspecify.annotations.NullMarked;
