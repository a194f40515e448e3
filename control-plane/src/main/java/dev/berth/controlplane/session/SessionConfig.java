package dev.berth.controlplane.session;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;

/**
 * {@code berth.worker.*}.
 *
 * @param image {@code BERTH_WORKER_IMAGE}: the image of sessions whose spec names none
 */
@ConfigurationProperties("berth.worker")
public record SessionConfig(@Bindable(defaultValue = "berth/worker:latest") String image) {}
