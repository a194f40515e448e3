package dev.berth.benchmarks;

import com.google.protobuf.ByteString;
import dev.berth.v1.Log;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.WatchRunRequest;
import dev.berth.v1.WatchRunResponse;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.Reader;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Properties;
import java.util.UUID;

/** What events cost without Berth: the same rows by bare SQL, the same batches by bare gRPC. */
final class EventFloors {
  private EventFloors() {}

  /** Inserts such rows into a table like that of runs' events, so many at a time; nanoseconds. */
  static long sql(Path home, int events, int together, byte[] payload) throws Exception {
    var secrets = new Properties();
    try (Reader file = Files.newBufferedReader(home.resolve("embedded.properties"))) {
      secrets.load(file);
    }
    String url =
        com.google.gson.JsonParser.parseString(Files.readString(home.resolve("control-plane.json")))
            .getAsJsonObject()
            .get("database_url")
            .getAsString();
    try (Connection connection =
            DriverManager.getConnection(url, "postgres", secrets.getProperty("postgres.password"));
        Statement ddl = connection.createStatement()) {
      ddl.execute("create table bench_event (like run_event including all)");
      try {
        return insert(connection, events, together, payload);
      } finally {
        ddl.execute("drop table bench_event");
      }
    }
  }

  private static long insert(Connection connection, int events, int together, byte[] payload)
      throws Exception {
    var run = UUID.randomUUID();
    var payloads = new byte[together][];
    Arrays.fill(payloads, payload);
    long from = System.nanoTime();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into bench_event (run_id, seq, time, type, attempt_id, actor_kind, actor_id,"
                + " payload) select ?, ? + n, now(), 'log', ?, 'EXECUTOR', 'bench', p"
                + " from unnest(?) with ordinality e (p, n)")) {
      for (int done = 0; done < events; done += together) {
        statement.setObject(1, run);
        statement.setLong(2, done);
        statement.setObject(3, run);
        statement.setArray(4, connection.createArrayOf("bytea", payloads));
        statement.executeUpdate();
      }
    }
    return System.nanoTime() - from;
  }

  /** Streams such events from a server to a client of this process over loopback; nanoseconds. */
  static long grpc(int events, int together, byte[] payload) throws Exception {
    var answer = WatchRunResponse.newBuilder();
    for (int i = 0; i < together; i++) {
      answer.addEvents(
          RunEvent.newBuilder()
              .setRunId("run_01m7ysnkhvepv9wzgjwvqs5k4d")
              .setSeq(1_000_000)
              .setType("log")
              .setAttemptId("att_01m7ysnkhvepv9wzgjwvqs5k4d")
              .setLog(Log.newBuilder().setData(ByteString.copyFrom(payload))));
    }
    var batch = answer.build();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(new Streaming(batch, events / together))
            .build()
            .start();
    var channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
    try {
      long from = System.nanoTime();
      var answers =
          RunServiceGrpc.newBlockingStub(channel).watchRun(WatchRunRequest.getDefaultInstance());
      long seen = 0;
      while (answers.hasNext()) {
        seen += answers.next().getEventsCount();
      }
      if (seen != events) {
        throw new IllegalStateException(seen + " events came");
      }
      return System.nanoTime() - from;
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  private static final class Streaming extends RunServiceGrpc.RunServiceImplBase {
    private final WatchRunResponse batch;
    private int left;

    Streaming(WatchRunResponse batch, int count) {
      this.batch = batch;
      this.left = count;
    }

    @Override
    public void watchRun(WatchRunRequest request, StreamObserver<WatchRunResponse> answers) {
      var call = (ServerCallStreamObserver<WatchRunResponse>) answers;
      call.setOnReadyHandler(() -> {
        while (call.isReady() && left > 0) {
          left--;
          call.onNext(batch);
          if (left == 0) {
            call.onCompleted();
          }
        }
      });
    }
  }
}
