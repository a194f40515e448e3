package dev.berth.controlplane.platform.grpc;

import com.google.protobuf.Timestamp;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/** Between the types every resource shares and their protos. */
public final class CommonProtoMapper {

  private CommonProtoMapper() {}

  public static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  public static com.google.protobuf.Duration duration(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  public static Duration duration(com.google.protobuf.Duration duration) {
    return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }

  public static dev.berth.v1.Actor actor(Actor actor) {
    return dev.berth.v1.Actor.newBuilder()
        .setKind(
            switch (actor.kind()) {
              case KEY -> dev.berth.v1.Actor.Kind.KIND_KEY;
              case EXECUTOR -> dev.berth.v1.Actor.Kind.KIND_EXECUTOR;
              case SYSTEM -> dev.berth.v1.Actor.Kind.KIND_SYSTEM;
              case RUN -> dev.berth.v1.Actor.Kind.KIND_RUN;
            })
        .setId(actor.id())
        .setOnBehalfOf(Objects.requireNonNullElse(actor.onBehalfOf(), ""))
        .build();
  }
}
