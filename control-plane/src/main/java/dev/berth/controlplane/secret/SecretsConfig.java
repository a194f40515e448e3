package dev.berth.controlplane.secret;

import io.micronaut.context.annotation.ConfigurationProperties;
import org.jspecify.annotations.Nullable;

/**
 * {@code berth.secrets.*}.
 *
 * @param keyFile {@code berth.secrets.key-file}, {@code BERTH_SECRETS_KEY_FILE}: the keys that
 *     secrets are kept by, 32 bytes in base64 a line; the first encrypts, each decrypts
 */
@ConfigurationProperties("berth.secrets")
record SecretsConfig(@Nullable String keyFile) {}
