package dev.berth.controlplane.platform.errors;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.HexFormat;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where failures become statuses. A {@link BerthException} is told as it is; a status
 * of gRPC itself or of another replica passes; a database that is away is UNAVAILABLE; whatever
 * else is INTERNAL with an incident id, under which it is logged here, once, and no word of it
 * leaves.
 */
@Singleton
public final class StatusMapper {
  public static final String DOMAIN = "berth.dev";
  private static final Logger log = LoggerFactory.getLogger(StatusMapper.class);

  /** What to answer for {@code failure}; {@code where} says in the log what was called. */
  public StatusRuntimeException map(Throwable failure, String where) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case BerthException refusal -> {
          return told(refusal);
        }
        case StatusRuntimeException status -> {
          return status;
        }
        case StatusException status -> {
          return new StatusRuntimeException(status.getStatus(), status.getTrailers());
        }
        case SQLException sql when isAway(sql) -> {
          log.debug("{}: {}", where, sql.toString());
          return told(CommonErrors.databaseUnavailable());
        }
        case CancellationException cancelled -> {
          return Status.CANCELLED.withDescription("the call was cancelled").asRuntimeException();
        }
        default -> {}
      }
    }
    return incident(failure, where);
  }

  private static StatusRuntimeException incident(Throwable failure, String where) {
    String incident = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    log.error("incident {} in {}", incident, where, failure);
    return told(
        BerthException.of(ErrorReason.INTERNAL, "an error of Berth itself, incident " + incident)
            .with("incident", incident));
  }

  /**
   * Connection lost or refused (08), shutdown or crash (57P), out of connections (53), locks and
   * time (55P03, 57014), a transaction that stood still because this process did (25P03).
   */
  private static boolean isAway(SQLException e) {
    String state = e.getSQLState();
    return e instanceof SQLTransientConnectionException
        || (state != null
            && (state.startsWith("08")
                || state.startsWith("57P")
                || state.startsWith("53")
                || state.equals("55P03")
                || state.equals("57014")
                || state.equals("25P03")
                || state.equals("40001")
                || state.equals("40P01")));
  }

  private static StatusRuntimeException told(BerthException e) {
    var status =
        com.google.rpc.Status.newBuilder()
            .setCode(e.reason().code().value())
            .setMessage(e.message())
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain(DOMAIN)
                        .setReason(e.reason().name())
                        .putAllMetadata(e.metadata())
                        .build()));
    if (!e.violations().isEmpty()) {
      BadRequest.Builder bad = BadRequest.newBuilder();
      e.violations()
          .forEach(v ->
              bad.addFieldViolationsBuilder().setField(v.field()).setDescription(v.description()));
      status.addDetails(Any.pack(bad.build()));
    }
    e.retryAfter()
        .ifPresent(delay ->
            status.addDetails(
                Any.pack(
                    RetryInfo.newBuilder()
                        .setRetryDelay(
                            Duration.newBuilder()
                                .setSeconds(delay.toSeconds())
                                .setNanos(delay.toNanosPart()))
                        .build())));
    switch (e.reason().code()) {
      case NOT_FOUND, ALREADY_EXISTS -> {
        if (e.metadata().containsKey("resource")) {
          status.addDetails(
              Any.pack(
                  ResourceInfo.newBuilder()
                      .setResourceType(e.metadata().get("resource"))
                      .setResourceName(e.metadata().getOrDefault("id", ""))
                      .build()));
        }
      }
      case FAILED_PRECONDITION ->
          status.addDetails(
              Any.pack(
                  PreconditionFailure.newBuilder()
                      .addViolations(
                          PreconditionFailure.Violation.newBuilder()
                              .setType(e.reason().name())
                              .setSubject(e.metadata().getOrDefault("id", ""))
                              .setDescription(e.message()))
                      .build()));
      default -> {}
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }
}
