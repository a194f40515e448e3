package dev.berth.controlplane.secret;

import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;

/** How calls about secrets are refused; never with a value. */
final class SecretErrors {
  private SecretErrors() {}

  static BerthException notFound(String name) {
    return CommonErrors.notFound("secret", name);
  }

  static BerthException keyMissing() {
    return BerthException.of(
        ErrorReason.SECRET_KEY_MISSING, "this control plane has no key to keep secrets by");
  }

  static BerthException keyUnknown(SealedValue value) {
    return BerthException.of(
            ErrorReason.SECRET_KEY_UNKNOWN,
            "secret %s is encrypted by the key %s, which this control plane does not have"
                .formatted(value.name().text(), value.keyId()))
        .with("key_id", value.keyId())
        .with("id", value.name().text());
  }

  static BerthException damaged(SealedValue value) {
    return BerthException.of(
            ErrorReason.SECRET_DAMAGED,
            "version %d of secret %s is damaged: its key does not open it"
                .formatted(value.version(), value.name().text()))
        .with("id", value.name().text());
  }

  static BerthException tooMuch(int bytes) {
    return CommonErrors.fieldInvalid(
        "spec.secrets", "have %,d bytes together, and may have 32 KiB".formatted(bytes));
  }
}
