/**
 * The link to the control plane: the only place of the agent that knows gRPC and protobuf. It maps
 * orders to {@code worker} and says upwards what {@code worker}, {@code process} and {@code
 * workspace} report.
 */
@NullMarked
package dev.berth.executor.link;

import org.jspecify.annotations.NullMarked;
