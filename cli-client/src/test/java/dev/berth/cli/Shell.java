package dev.berth.cli;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.SelfSignedCertificate;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Runs {@code berth} against services of a test, over a real connection. */
final class Shell implements AutoCloseable {
  record Result(int exitCode, String out, String err) {}

  private final Server server;
  private final String address;

  Shell(BindableService... services) throws IOException {
    this(
        "127.0.0.1",
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0)),
        services);
  }

  /** The same behind TLS; {@code berth} has to be told whom to trust. */
  Shell(SelfSignedCertificate certificate, BindableService... services) throws IOException {
    this(
        "localhost",
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .useTransportSecurity(certificate.certificate(), certificate.privateKey()),
        services);
  }

  private Shell(String host, NettyServerBuilder builder, BindableService... services)
      throws IOException {
    for (BindableService service : services) {
      builder.addService(service);
    }
    this.server = builder.build().start();
    this.address = host + ":" + server.getPort();
  }

  Result berth(String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var environment = Map.of("BERTH_SERVER", address, "BERTH_API_KEY", "berth_test");
    int code;
    var errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    try (var cli =
        new Cli(
            environment,
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            errors,
            false)) {
      code = Main.commandLine(cli, errors, arguments).execute(arguments);
    }
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
