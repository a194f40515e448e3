package dev.berth.controlplane.workspace;

import com.google.protobuf.ByteString;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.relay.Duplex;
import dev.berth.controlplane.relay.Relay;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.v1.FileInfo;
import dev.berth.v1.PushRequest;
import dev.berth.v1.ReadFileResponse;
import dev.berth.v1.WriteFileStreamRequest;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/** Moves the bytes of file operations between a client's call and the executor's relay. */
final class TransferStream {

  /** Where an upload's bytes come from; empty at their end. */
  @FunctionalInterface
  interface Source {
    Optional<ByteString> next() throws InterruptedException;
  }

  private TransferStream() {}

  /** What the executor lists, and whether more follows. */
  record Listing(List<FileInfo> files, boolean more) {}

  /** Reads a relay that answers with entries only. */
  static Listing listing(Relay relay) throws InterruptedException {
    var files = new ArrayList<FileInfo>();
    boolean more = false;
    for (var message = relay.next(); message.isPresent(); message = relay.next()) {
      files.addAll(message.get().getFiles().getFilesList());
      more = message.get().getFiles().getMore();
    }
    return new Listing(files, more);
  }

  /**
   * Sends the bytes while it reads the executor's answer, so that one who refuses early is heard
   * early. The thread that sends is one of {@code threads}; it is through, or soon fails, when this
   * returns.
   */
  static Listing upload(Relay relay, Source source, Executor threads) throws InterruptedException {
    var refusal = new AtomicReference<BerthException>();
    threads.execute(() -> send(relay, source, refusal));
    try {
      return listing(relay);
    } catch (BerthException e) {
      throw Objects.requireNonNullElse(refusal.get(), e);
    }
  }

  /** A client that fails or leaves takes the relay with it. */
  private static void send(Relay relay, Source source, AtomicReference<BerthException> refusal) {
    try {
      for (var bytes = source.next(); bytes.isPresent(); bytes = source.next()) {
        relay.send(bytes.get());
      }
      relay.end();
    } catch (BerthException e) {
      refusal.set(e);
      relay.cancel();
    } catch (StatusRuntimeException e) {
      relay.cancel();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      relay.cancel();
    }
  }

  /** The bytes behind the first message of a push. */
  static Source pushed(Duplex<PushRequest, ?> client) {
    return () -> {
      Optional<PushRequest> message = client.read();
      if (message.isPresent() && message.get().hasStart()) {
        throw WorkspaceErrors.startMissing();
      }
      return message.map(PushRequest::getData);
    };
  }

  /** The bytes behind the first message of a written file. */
  static Source written(Duplex<WriteFileStreamRequest, ?> client) {
    return () -> {
      Optional<WriteFileStreamRequest> message = client.read();
      if (message.isPresent() && message.get().hasStart()) {
        throw WorkspaceErrors.startMissing();
      }
      return message.map(WriteFileStreamRequest::getData);
    };
  }

  /** Passes a file on: its entry first, then its bytes as they come. */
  static void read(Relay relay, Duplex<?, ReadFileResponse> client) throws InterruptedException {
    long size = 0;
    try {
      for (var message = relay.next(); message.isPresent(); message = relay.next()) {
        RelayRequest it = message.get();
        var response = ReadFileResponse.newBuilder();
        if (it.hasFiles() && it.getFiles().getFilesCount() > 0) {
          size = it.getFiles().getFiles(0).getSize();
          response.setFile(it.getFiles().getFiles(0));
        } else {
          response.setData(it.getData());
        }
        client.write(response.build());
      }
    } catch (BerthException e) {
      throw e.reason() == ErrorReason.OFFSET_OUT_OF_RANGE ? e.with("size", size) : e;
    }
  }
}
