package dev.berth.controlplane.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.World;
import dev.berth.sql.db.Tables;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an operator's Prometheus reads. */
final class MetricsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  @Test
  void metrics_countWhatThereIs_andWhatIsAtRisk() throws Exception {
    World world = new World(berth);
    var executor = world.executor(berth.project());
    var place = world.place(berth.project(), executor.id());
    assertThat(scrape())
        .contains(
            "# TYPE berth_bytes_at_risk gauge",
            "berth_bytes_at_risk{project=\"default\"} 0",
            "berth_bytes_at_risk{project=\"other\"} 0",
            "berth_sessions{project=\"default\",state=\"active\"} 1",
            "berth_sessions{project=\"default\",state=\"stopped\"} 0",
            "berth_runs{project=\"default\",state=\"queued\"} 0",
            "berth_executors{project=\"default\",state=\"active\",link=\"disconnected\"} 1");

    world.write(place);
    int rows =
        berth
            .sql()
            .update(Tables.COPY)
            .set(Tables.COPY.DISK_BYTES, 4096L)
            .set(Tables.COPY.SYNC_FAILURES, 3)
            .where(Tables.COPY.SESSION_ID.eq(place.session()))
            .execute();
    assertThat(rows).isEqualTo(1);
    var run =
        RunServiceGrpc.newBlockingStub(berth.channel())
            .createRun(
                CreateRunRequest.newBuilder()
                    .setSessionId(place.session().toString())
                    .setSpec(RunSpec.newBuilder().addCommand("true"))
                    .build())
            .getRun();
    assertThat(run.getId()).isNotEmpty();
    assertThat(scrape())
        .contains(
            "berth_bytes_at_risk{project=\"default\"} 4096",
            "berth_unsaved_copies{project=\"default\"} 1",
            "berth_sync_failures{project=\"default\"} 3",
            "berth_runs{project=\"default\",state=\"queued\"} 1",
            "berth_runs{project=\"other\",state=\"queued\"} 0");
  }

  @Test
  void alertRules_nameOnlyMetricsThatThereAre() throws Exception {
    String rules = Files.readString(Path.of("..", "deploy", "prometheus", "alerts.yaml"));
    String metrics = scrape();
    assertThat(Pattern.compile("berth_[a-z_]+").matcher(rules).results().map(MatchResult::group))
        .isNotEmpty()
        .allMatch(name -> metrics.contains("# TYPE " + name + " gauge"));
  }

  @Test
  void otherPathsAndMethods_areRefused() throws Exception {
    assertThat(ask("/metrics/", "GET").statusCode()).isEqualTo(404);
    assertThat(ask("/metrics", "POST").statusCode()).isEqualTo(405);
  }

  private static String scrape() throws IOException, InterruptedException {
    HttpResponse<String> answer = ask("/metrics", "GET");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/plain");
    return answer.body();
  }

  private static HttpResponse<String> ask(String path, String method)
      throws IOException, InterruptedException {
    int port = berth.bean(MetricsServer.class).port();
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
