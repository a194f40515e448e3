package dev.berth.controlplane.platform.config;

import io.micronaut.context.annotation.EachProperty;
import io.micronaut.context.annotation.Parameter;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * {@code berth.listeners.public.*} and {@code berth.listeners.executor.*} (by environment {@code
 * BERTH_LISTENERS_PUBLIC_PORT} and so on).
 *
 * @param host the address to bind; anything but loopback needs {@code tlsCertificate} and {@code
 *     tlsKey}
 * @param port 7400 and 7401 by default; 0 for any free one
 * @param address host:port as others reach this listener; what is bound, by default
 * @param tlsCertificate PEM file of the certificate chain
 * @param tlsKey PEM file of its PKCS#8 key
 * @param maxConnectionAge after which a connection is asked to be made anew, plus up to ten
 *     percent; 0 for never
 */
@EachProperty("berth.listeners")
public record ListenerConfig(
    @Parameter String name,
    @Bindable(defaultValue = "127.0.0.1") String host,
    @Bindable(defaultValue = "0") int port,
    @Nullable String address,
    @Nullable String tlsCertificate,
    @Nullable String tlsKey,
    @Bindable(defaultValue = "0s") Duration maxConnectionAge) {

  public static final String PUBLIC = "public";
  public static final String EXECUTOR = "executor";
}
