/** Who calls: credentials, principals, permissions. */
@NullMarked
package dev.berth.controlplane.platform.auth;

import org.jspecify.annotations.NullMarked;
