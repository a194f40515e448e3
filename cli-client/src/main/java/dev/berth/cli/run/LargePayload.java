package dev.berth.cli.run;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.connection.Connection;
import dev.berth.v1.DownloadArtifactRequest;
import dev.berth.v1.Log;
import dev.berth.v1.RunEvent;

/** Output that is too large for an event is read from the artifact that the event refers to. */
final class LargePayload {
  private LargePayload() {}

  /** The event with its payload, where that is output. */
  static RunEvent of(Connection connection, RunEvent event) {
    if (!event.hasPayloadRef() || !event.getType().equals("log")) {
      return event;
    }
    String artifact = event.getPayloadRef().getArtifactId();
    var request = DownloadArtifactRequest.newBuilder().setArtifactId(artifact).build();
    ByteString payload = ByteString.EMPTY;
    for (var answers = connection.artifacts().downloadArtifact(request); answers.hasNext(); ) {
      payload = payload.concat(answers.next().getData());
    }
    try {
      return event.toBuilder().clearPayloadRef().setLog(Log.parseFrom(payload)).build();
    } catch (InvalidProtocolBufferException e) {
      throw new CliException(
          ExitCode.FAILURE, artifact + " does not hold the output it is to hold.", "");
    }
  }
}
