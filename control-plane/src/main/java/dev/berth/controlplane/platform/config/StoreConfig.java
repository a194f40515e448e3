package dev.berth.controlplane.platform.config;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * {@code berth.store.*}: the S3-compatible object store. Without an endpoint one is started under
 * the home directory.
 *
 * @param endpoint as control plane and executors both reach it
 * @param urlLife how long a presigned URL is good for
 */
@ConfigurationProperties("berth.store")
public record StoreConfig(
    @Nullable String endpoint,
    @Bindable(defaultValue = "us-east-1") String region,
    @Bindable(defaultValue = "berth") String bucket,
    @Nullable String accessKey,
    @Nullable String secretKey,
    @Bindable(defaultValue = "15m") Duration urlLife) {

  @Override
  public String toString() {
    return "StoreConfig[endpoint=" + endpoint + ", bucket=" + bucket + "]";
  }
}
