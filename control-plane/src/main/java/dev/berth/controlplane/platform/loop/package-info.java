/** What runs by itself: reconcilers and what must be done before the listeners open. */
@NullMarked
package dev.berth.controlplane.platform.loop;

import org.jspecify.annotations.NullMarked;
