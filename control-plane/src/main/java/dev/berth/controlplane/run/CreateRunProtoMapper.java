package dev.berth.controlplane.run;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.session.SpecProtoMapper;
import dev.berth.v1.BatchCreateRunsRequest;
import dev.berth.v1.CreateRunRequest;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests for runs, one or many, as the domain has them; what is wrong is refused by its field.
 */
@Singleton
final class CreateRunProtoMapper {
  private final SpecProtoMapper specs;

  CreateRunProtoMapper(SpecProtoMapper specs) {
    this.specs = specs;
  }

  CreateRun one(Caller caller, CreateRunRequest request) {
    Fields.requireNoNul("name", request.getName());
    Fields.requireNoNul("queue", request.getQueue());
    Fields.requireNoNul("correlation_id", request.getCorrelationId());
    Fields.requireNoNul("on_behalf_of", request.getOnBehalfOf());
    request.getLabelsMap().forEach((key, value) -> Fields.requireNoNul("labels", key + value));
    return new CreateRun(
        request.hasSessionId()
            ? Fields.id("session_id", request.getSessionId(), SessionId::parse)
            : null,
        request.hasSessionSpec()
            ? specs.resolve(caller, request.getSessionSpec(), "session_spec")
            : null,
        RunProtoMapper.resolve(request.getSpec()),
        new RunSpec.Left(
            request.getSpec().getMaxAttempts() == 0,
            !request.getSpec().hasRetry(),
            !request.getSpec().hasRetention()),
        request.getQueue(),
        request.getName().isEmpty() ? null : request.getName(),
        request.getLabelsMap(),
        request.getCorrelationId(),
        switch (request.getOnBusy()) {
          case ON_BUSY_REJECT -> OnBusy.REJECT;
          case ON_BUSY_INTERRUPT -> OnBusy.INTERRUPT;
          case ON_BUSY_ENQUEUE, ON_BUSY_UNSPECIFIED, UNRECOGNIZED -> OnBusy.ENQUEUE;
        });
  }

  List<CreateRun> all(Caller caller, BatchCreateRunsRequest batch) {
    Fields.requireNoNul("on_behalf_of", batch.getOnBehalfOf());
    List<CreateRun> all = new ArrayList<>(batch.getRunsCount());
    for (CreateRunRequest request : batch.getRunsList()) {
      try {
        requireUnsaid("project_id", request.getProjectId());
        requireUnsaid("request_id", request.getRequestId());
        requireUnsaid("on_behalf_of", request.getOnBehalfOf());
        all.add(one(caller, request));
      } catch (BerthException e) {
        throw e.within("runs[" + all.size() + "].");
      }
    }
    return all;
  }

  private static void requireUnsaid(String field, String value) {
    if (!value.isEmpty()) {
      throw CommonErrors.fieldInvalid(field, "is said once for the batch");
    }
  }
}
