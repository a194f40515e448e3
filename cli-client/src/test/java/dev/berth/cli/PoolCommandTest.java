package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.v1.CreatePoolRequest;
import dev.berth.v1.CreatePoolResponse;
import dev.berth.v1.PoolServiceGrpc;
import dev.berth.v1.SessionSpec;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PoolCommandTest {
  private final List<SessionSpec> made = new ArrayList<>();
  @AutoClose private final Shell shell;

  PoolCommandTest() throws IOException {
    shell =
        new Shell(
            new PoolServiceGrpc.PoolServiceImplBase() {
              @Override
              public void createPool(
                  CreatePoolRequest request, StreamObserver<CreatePoolResponse> responses) {
                made.add(request.getSpec());
                responses.onNext(CreatePoolResponse.getDefaultInstance());
                responses.onCompleted();
              }
            });
  }

  @Test
  void whatItsContainersAre_andWhere_isSaid() {
    var result =
        shell.berth(
            "pool",
            "create",
            "warm",
            "--size",
            "1",
            "--image",
            "i",
            "--cpu",
            "0.5",
            "--memory",
            "512m",
            "--place",
            "zone=a");
    assertThat(result.exitCode()).as(result.err()).isZero();
    SessionSpec spec = made.getFirst();
    assertThat(spec.getImage()).isEqualTo("i");
    assertThat(spec.getResources().getCpuMillis()).isEqualTo(500);
    assertThat(spec.getResources().getMemoryBytes()).isEqualTo(512L << 20);
    assertThat(spec.getPlacementLabelsMap()).containsEntry("zone", "a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--manifest=/dev/null", "--idle-timeout=5m", "--no-auto-resume"})
  void whatIsASessionsAlone_isNotOffered(String option) {
    var result = shell.berth("pool", "create", "warm", "--size", "1", option);
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE.code());
    assertThat(made).isEmpty();
  }
}
