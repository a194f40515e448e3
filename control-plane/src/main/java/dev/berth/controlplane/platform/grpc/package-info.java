/** The gRPC listeners, and what every call passes through before a service sees it. */
@NullMarked
package dev.berth.controlplane.platform.grpc;

import org.jspecify.annotations.NullMarked;
