package dev.berth.controlplane.secret;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;

/** Secrets as the API shows them. */
final class SecretProtoMapper {
  private SecretProtoMapper() {}

  static dev.berth.v1.Secret secret(Secret secret) {
    SessionId session = secret.name().session();
    return dev.berth.v1.Secret.newBuilder()
        .setProjectId(secret.name().project().toString())
        .setSessionId(session == null ? "" : session.toString())
        .setName(secret.name().text())
        .setVersion(secret.version())
        .setCreateTime(CommonProtoMapper.timestamp(secret.times().create()))
        .setUpdateTime(CommonProtoMapper.timestamp(secret.times().update()))
        .setUpdatedBy(CommonProtoMapper.actor(secret.updatedBy()))
        .setKeyId(secret.keyId())
        .build();
  }
}
