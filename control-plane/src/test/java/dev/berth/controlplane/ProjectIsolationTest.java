package dev.berth.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.grpc.Listeners;
import dev.berth.controlplane.testsupport.AllMethods;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.controlplane.testsupport.World;
import dev.berth.v1.AttachRunRequest;
import dev.berth.v1.CreateArtifactRequest;
import dev.berth.v1.CreatePoolRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.CreateSeedSetRequest;
import dev.berth.v1.ExecInput;
import dev.berth.v1.ExecRequest;
import dev.berth.v1.PoolServiceGrpc;
import dev.berth.v1.PushRequest;
import dev.berth.v1.RollBackSessionRequest;
import dev.berth.v1.RunInput;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.SeedFile;
import dev.berth.v1.SeedSetServiceGrpc;
import dev.berth.v1.SnapshotPath;
import dev.berth.v1.StartExecRequest;
import dev.berth.v1.WatchExecRequest;
import dev.berth.v1.WatchRunRequest;
import dev.berth.v1.WriteFileStreamRequest;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Walks every public RPC with the key of one project and the ids of another: each answers as if
 * they did not exist. Lists filtered by a foreign id may also answer an empty page.
 */
final class ProjectIsolationTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private static final Set<String> PATHS = Set.of("path", "from", "to");
  private static final Set<String> SECRETS =
      Set.of(
          "berth.v1.SetSecretRequest.name",
          "berth.v1.SetSecretRequest.value",
          "berth.v1.DeleteSecretRequest.name");
  private static final Set<Descriptor> NEED_ALL_IDS =
      Set.of(RollBackSessionRequest.getDescriptor(), CreateArtifactRequest.getDescriptor());
  private static final Map<String, String> FOREIGN_IDS = new LinkedHashMap<>();

  static Stream<MethodDescriptor<?, ?>> methods() {
    return AllMethods.ofPublicListener()
        .filter(m -> berth.bean(Listeners.class).serves(String.valueOf(m.getServiceName())));
  }

  @BeforeAll
  static void resourcesOfTheDefaultProject() {
    World world = new World(berth);
    var place = world.place(berth.project(), world.executor(berth.project()).id());
    var run =
        RunServiceGrpc.newBlockingStub(berth.channel())
            .createRun(
                CreateRunRequest.newBuilder()
                    .setSessionId(place.session().toString())
                    .setSpec(RunSpec.newBuilder().addCommand("true"))
                    .build())
            .getRun();
    var pool =
        PoolServiceGrpc.newBlockingStub(berth.channel())
            .createPool(CreatePoolRequest.newBuilder().setName("warm").build())
            .getPool();
    var seeds =
        SeedSetServiceGrpc.newBlockingStub(berth.channel())
            .createSeedSet(
                CreateSeedSetRequest.newBuilder()
                    .setName("tools")
                    .addFiles(SeedFile.newBuilder().setPath("file"))
                    .build())
            .getSeedSet();
    FOREIGN_IDS.put("project_id", berth.project().toString());
    FOREIGN_IDS.put("pool", pool.getId());
    FOREIGN_IDS.put("seed_set", seeds.getId());
    FOREIGN_IDS.put("session_id", place.session().toString());
    FOREIGN_IDS.put("worker_id", place.worker().toString());
    FOREIGN_IDS.put("executor_id", place.executor().toString());
    FOREIGN_IDS.put("exec_id", world.exec(place).toString());
    FOREIGN_IDS.put("artifact_id", world.artifact(berth.project(), place.session()).toString());
    FOREIGN_IDS.put("run_id", run.getId());
    FOREIGN_IDS.put("queue", run.getQueueId());
    FOREIGN_IDS.put("snapshot_id", new dev.berth.common.Id.SnapshotId(world.newId()).toString());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void noRpc_answersAboutAnotherProject(MethodDescriptor<?, ?> method) {
    Channel stranger = berth.channel(berth.otherKey());
    FOREIGN_IDS.forEach((field, id) ->
        withForeignId(method, field, id)
            .ifPresent(request -> assertTellsNothing(stranger, method, field, request)));
  }

  private static void assertTellsNothing(
      Channel stranger, MethodDescriptor<?, ?> method, String field, Message request) {
    String what = method.getFullMethodName() + " with a foreign " + field;
    try {
      Message answer = AllMethods.call(stranger, method, request);
      assertThat(method.getFullMethodName()).as(what).contains("/List");
      assertThat(answer).as(what).isNotNull();
      assertThat(java.util.Objects.requireNonNull(answer).getSerializedSize()).as(what).isZero();
    } catch (StatusRuntimeException e) {
      assertThat(Statuses.info(e).map(info -> info.getReason()))
          .as(what + ": " + e.getStatus())
          .contains(ErrorReason.RESOURCE_NOT_FOUND.name());
    }
  }

  /** A request that is valid but for the id; empty where the method takes no such id. */
  private static Optional<Message> withForeignId(
      MethodDescriptor<?, ?> method, String field, String id) {
    Descriptor type = AllMethods.proto(method).getInputType();
    if (type.equals(PushRequest.getDescriptor())) {
      return field.equals("session_id")
          ? Optional.of(
              PushRequest.newBuilder()
                  .setStart(PushRequest.Start.newBuilder().setSessionId(id))
                  .build())
          : Optional.empty();
    }
    if (type.equals(WriteFileStreamRequest.getDescriptor())) {
      return field.equals("session_id")
          ? Optional.of(
              WriteFileStreamRequest.newBuilder()
                  .setStart(
                      WriteFileStreamRequest.Start.newBuilder().setSessionId(id).setPath("file"))
                  .build())
          : Optional.empty();
    }
    if (type.equals(ExecRequest.getDescriptor())) {
      return switch (field) {
        case "session_id" ->
            Optional.of(
                ExecRequest.newBuilder()
                    .setStart(StartExecRequest.newBuilder().setSessionId(id).addCommand("true"))
                    .build());
        case "exec_id" ->
            Optional.of(
                ExecRequest.newBuilder()
                    .setAttach(WatchExecRequest.newBuilder().setExecId(id))
                    .build());
        default -> Optional.empty();
      };
    }
    if (type.equals(AttachRunRequest.getDescriptor())) {
      return field.equals("run_id")
          ? Optional.of(
              AttachRunRequest.newBuilder()
                  .setWatch(WatchRunRequest.newBuilder().setRunId(id))
                  .build())
          : Optional.empty();
    }
    FieldDescriptor target = type.findFieldByName(field);
    if (target == null || target.isRepeated()) {
      return Optional.empty();
    }
    DynamicMessage.Builder request = DynamicMessage.newBuilder(type);
    fill(request, type);
    request.setField(target, id);
    return Optional.of(
        (Message) method.parseRequest(new ByteArrayInputStream(request.build().toByteArray())));
  }

  /** What validation asks for besides ids. */
  private static void fill(DynamicMessage.Builder request, Descriptor type) {
    for (FieldDescriptor field : type.getFields()) {
      if (PATHS.contains(field.getName())) {
        request.setField(field, "file");
      } else if (field.getFullName().equals("berth.v1.CreateSeedSetRequest.name")) {
        request.setField(field, "seeds");
      } else if (field.getName().equals("update_mask")) {
        request.setField(field, FieldMask.newBuilder().addPaths("labels").build());
      } else if (field.getFullName().equals("berth.v1.CreateRunRequest.spec")) {
        request.setField(field, RunSpec.newBuilder().addCommand("true").build());
      } else if (field.getFullName().equals("berth.v1.BatchCreateRunsRequest.runs")) {
        request.addRepeatedField(
            field,
            CreateRunRequest.newBuilder()
                .setSessionId(java.util.Objects.requireNonNull(FOREIGN_IDS.get("session_id")))
                .setSpec(RunSpec.newBuilder().addCommand("true"))
                .build());
      } else if (field.getFullName().equals("berth.v1.RedriveRunsRequest.run_ids")) {
        request.addRepeatedField(
            field, java.util.Objects.requireNonNull(FOREIGN_IDS.get("run_id")));
      } else if (field.getFullName().equals("berth.v1.StartExecRequest.command")) {
        request.addRepeatedField(field, "true");
      } else if (field.getFullName().equals("berth.v1.SignalExecRequest.signal")) {
        request.setField(field, "TERM");
      } else if (field.getFullName().equals("berth.v1.SendExecInputRequest.input")) {
        request.setField(field, ExecInput.newBuilder().setInputId("1").setSignal("TERM").build());
      } else if (field.getFullName().equals("berth.v1.SendRunInputRequest.input")) {
        request.setField(field, RunInput.newBuilder().setInputId("1").setSignal("TERM").build());
      } else if (field.getFullName().equals("berth.v1.CreateRunRequest.session_spec")) {
        request.setField(field, dev.berth.v1.SessionSpec.getDefaultInstance());
      } else if (field.getFullName().equals("berth.v1.CreateQueueRequest.name")) {
        request.setField(field, "narrow");
      } else if (SECRETS.contains(field.getFullName())) {
        request.setField(field, "a_secret");
      } else if (field.getFullName().equals("berth.v1.CreatePoolRequest.name")) {
        request.setField(field, "warm");
      } else if (field.getFullName().equals("berth.v1.ReadSnapshotFileRequest.at")) {
        request.setField(field, SnapshotPath.newBuilder().setPath("file").build());
      } else if (NEED_ALL_IDS.contains(type) && FOREIGN_IDS.containsKey(field.getName())) {
        request.setField(field, java.util.Objects.requireNonNull(FOREIGN_IDS.get(field.getName())));
      }
    }
  }
}
