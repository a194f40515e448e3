/** What can be configured: one record an area, set by properties or by the environment. */
@NullMarked
package dev.berth.controlplane.platform.config;

import org.jspecify.annotations.NullMarked;
