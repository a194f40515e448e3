package dev.berth.cli.run;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RequestId;
import dev.berth.v1.BatchCreateRunsRequest;
import dev.berth.v1.BatchCreateRunsResponse;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.SessionSpec;
import io.grpc.StatusRuntimeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth run batch FILE}. */
@Command(
    name = "batch",
    description = {
      "Put many runs in their queues, and print their ids. A line of the file is a run, in JSON:",
      "  {\"spec\": {\"command\": [\"make\", \"test\"], \"priority\": 5}, \"queue\": \"nightly\"}",
      "with the fields of CreateRun. Of a thousand runs, or 3 MiB, all are made or none."
    },
    mixinStandardHelpOptions = true)
final class BatchRuns implements Callable<Integer> {
  private static final int MOST_RUNS = 1_000;
  private static final int MOST_BYTES = 3 << 20;

  private final Cli cli;

  @Parameters(index = "0", paramLabel = "FILE", description = "- for standard input.")
  String file = "";

  @Option(
      names = {"-s", "--session"},
      paramLabel = "SESSION",
      description = {
        "Of the runs that name no session_id or session_spec: its name, its id, or the begin of it.",
        "Default: a session each, made for it and deleted after."
      })
  @Nullable String session;

  @Option(
      names = "--queue",
      defaultValue = "",
      description = "Of the runs that name none. Default: default.")
  String queue = "";

  @Mixin RequestId requestId = new RequestId();

  private int sent;

  BatchRuns(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() throws IOException {
    String sessionId = session == null ? null : cli.names().session(session);
    List<CreateRunRequest> batch = new ArrayList<>();
    long bytes = 0;
    try (InputStream in = file.equals("-") ? cli.in() : Files.newInputStream(Path.of(file));
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (line.isBlank()) {
          continue;
        }
        CreateRunRequest run = parse(line, number, sessionId);
        if (batch.size() == MOST_RUNS || bytes + run.getSerializedSize() > MOST_BYTES) {
          send(batch);
          batch.clear();
          bytes = 0;
        }
        batch.add(run);
        bytes += run.getSerializedSize();
      }
    }
    if (batch.isEmpty() && sent == 0) {
      throw new CliException(
          ExitCode.USAGE, "There is no run in " + file + ".", "Say one run a line, in JSON.");
    }
    if (!batch.isEmpty()) {
      send(batch);
    }
    return ExitCode.OK.code();
  }

  private CreateRunRequest parse(String line, int number, @Nullable String sessionId) {
    var run = CreateRunRequest.newBuilder();
    try {
      JsonFormat.parser().merge(line, run);
    } catch (InvalidProtocolBufferException e) {
      throw new CliException(
          ExitCode.USAGE,
          "Line " + number + " of " + file + " is no run: " + e.getMessage(),
          told("Correct it."));
    }
    if (run.getTargetCase() == CreateRunRequest.TargetCase.TARGET_NOT_SET) {
      if (sessionId == null) {
        run.setSessionSpec(SessionSpec.getDefaultInstance());
      } else {
        run.setSessionId(sessionId);
      }
    }
    if (run.getQueue().isEmpty()) {
      run.setQueue(queue);
    }
    return run.build();
  }

  private void send(List<CreateRunRequest> batch) {
    var request = BatchCreateRunsRequest.newBuilder().addAllRuns(batch);
    if (!requestId.text.isEmpty()) {
      request.setRequestId(sent == 0 ? requestId.text : requestId.text + "+" + sent);
    }
    BatchCreateRunsResponse made;
    try {
      made = cli.connection().runs().batchCreateRuns(request.build());
    } catch (StatusRuntimeException e) {
      if (sent > 0) {
        cli.printer().say("berth: " + told("The next is refused; runs[0] is the one behind them."));
      }
      throw e;
    }
    sent += batch.size();
    if (cli.printer().json()) {
      cli.printer().line(made);
    } else {
      made.getRunIdsList().forEach(cli.printer().out()::println);
    }
  }

  private String told(String sentence) {
    return sent == 0 ? sentence : "The first " + sent + " runs were made. " + sentence;
  }
}
