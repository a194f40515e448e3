package dev.berth.controlplane.platform.auth;

import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;

/** Refusals before any service is asked. */
public final class AuthErrors {

  private AuthErrors() {}

  public static BerthException missing() {
    return BerthException.of(
        ErrorReason.CREDENTIAL_MISSING, "send a credential: authorization: Bearer <key>");
  }

  public static BerthException invalid() {
    return BerthException.of(
        ErrorReason.CREDENTIAL_INVALID, "the credential is unknown, malformed or revoked");
  }

  public static BerthException expired() {
    return BerthException.of(ErrorReason.CREDENTIAL_EXPIRED, "the credential has expired");
  }

  public static BerthException permissionMissing(Permission permission) {
    return BerthException.of(
            ErrorReason.PERMISSION_MISSING,
            "this needs the permission "
                + permission
                + ", which the credential's role does not hold")
        .with("permission", permission);
  }
}
