package dev.berth.controlplane.platform.config;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * {@code berth.bounds.*}: what one connection may cost. Both listeners share them.
 *
 * @param maxMessageBytes of one message; a larger one is RESOURCE_EXHAUSTED
 * @param streamWindowBytes that a peer may send on one stream ahead of its reader; fixed, never
 *     tuned up
 * @param maxMetadataBytes of one call's metadata
 * @param maxCallsPerConnection at a time; further ones wait in the client
 * @param maxResetsPerWindow streams a client may reset in {@code resetWindow} before it is cut off
 * @param keepaliveTime silence after which the peer is asked for a sign of life
 * @param keepaliveTimeout how long it may take to give one
 * @param permitKeepaliveTime least time between a client's own keepalives
 * @param drainGrace how long calls under way may take to end once this process is told to stop
 */
@ConfigurationProperties("berth.bounds")
public record BoundsConfig(
    @Bindable(defaultValue = "4194304") int maxMessageBytes,
    @Bindable(defaultValue = "1048576") int streamWindowBytes,
    @Bindable(defaultValue = "8192") int maxMetadataBytes,
    @Bindable(defaultValue = "1000") int maxCallsPerConnection,
    @Bindable(defaultValue = "200") int maxResetsPerWindow,
    @Bindable(defaultValue = "30s") Duration resetWindow,
    @Bindable(defaultValue = "10s") Duration keepaliveTime,
    @Bindable(defaultValue = "5s") Duration keepaliveTimeout,
    @Bindable(defaultValue = "4s") Duration permitKeepaliveTime,
    @Bindable(defaultValue = "5s") Duration drainGrace) {}
