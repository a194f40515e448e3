package dev.berth.controlplane.platform.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.auth.Principal;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.loop.Reconciler;
import io.grpc.MethodDescriptor;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Makes mutations happen once per {@code request_id} of a project, principal and method, for 24
 * hours: the outcome is kept in the transaction of the mutation itself, and a repetition is
 * answered with it. A mutation that fails keeps nothing, so it may be tried again.
 */
@Singleton
public final class RequestIds implements Reconciler {
  private static final Duration KEPT = Duration.ofHours(24);
  private static final int MAX_BYTES = 128;

  private final RequestRepository repository;
  private final Transactions transactions;

  RequestIds(RequestRepository repository, Transactions transactions) {
    this.repository = repository;
    this.transactions = transactions;
  }

  /**
   * Runs {@code mutation}, in a transaction when there is a request id; two calls with the same one
   * take turns. The mutation only writes rows: waiting for what follows from them comes after this
   * returned.
   *
   * @param requestId empty for none
   * @throws BerthException INVALID_ARGUMENT (REQUEST_ID_REUSED) where the id came with another body
   *     before
   */
  public <A extends MessageLite, B extends MessageLite> B once(
      Caller caller,
      MethodDescriptor<A, B> method,
      String requestId,
      A request,
      Supplier<B> mutation) {
    if (requestId.isEmpty()) {
      return mutation.get();
    }
    RequestRepository.Key key = key(caller, method, requestId);
    byte[] bodyHash = hash(request);
    return transactions.call(() -> {
      repository.lock(key);
      return repository
          .find(key, KEPT)
          .map(outcome -> replay(method, outcome, bodyHash))
          .orElseGet(() -> {
            B response = mutation.get();
            repository.put(key, new RequestRepository.Outcome(bodyHash, response.toByteArray()));
            return response;
          });
    });
  }

  /** Answers the call under way with what {@link #once} gives for it. */
  public <A extends MessageLite, B extends MessageLite> void answer(
      MethodDescriptor<A, B> method,
      String requestId,
      A request,
      StreamObserver<B> observer,
      Supplier<B> mutation) {
    observer.onNext(once(CallContext.caller(), method, requestId, request, mutation));
    observer.onCompleted();
  }

  /** What a mutation waits for before it writes, in no transaction. */
  @FunctionalInterface
  public interface Work<T, E extends Exception> {
    T run() throws E;
  }

  /**
   * As {@link #once}, for a mutation that has to wait before it knows its outcome: {@code work} is
   * done in no transaction, unless the outcome is known, and {@code mutation} writes what came of
   * it. Of two at the same time both may work; the first to end is the outcome of both.
   *
   * @throws BerthException as {@link #once}
   */
  public <A extends MessageLite, B extends MessageLite, T, E extends Exception> B onceAfter(
      Caller caller,
      MethodDescriptor<A, B> method,
      String requestId,
      A request,
      Work<T, E> work,
      Function<T, B> mutation)
      throws E {
    Optional<B> known = outcome(caller, method, requestId, request);
    if (known.isPresent()) {
      return known.get();
    }
    T done = work.run();
    return once(caller, method, requestId, request, () -> mutation.apply(done));
  }

  private <A extends MessageLite, B extends MessageLite> Optional<B> outcome(
      Caller caller, MethodDescriptor<A, B> method, String requestId, A request) {
    if (requestId.isEmpty()) {
      return Optional.empty();
    }
    return repository
        .find(key(caller, method, requestId), KEPT)
        .map(outcome -> replay(method, outcome, hash(request)));
  }

  private static RequestRepository.Key key(
      Caller caller, MethodDescriptor<?, ?> method, String requestId) {
    if (requestId.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw dev.berth.controlplane.platform.errors.CommonErrors.fieldInvalid(
          "request_id", "is longer than " + MAX_BYTES + " bytes");
    }
    Principal principal = caller.principal();
    return new RequestRepository.Key(
        caller.projectId(),
        principal.kind() + ":" + principal.id(),
        method.getFullMethodName(),
        requestId);
  }

  private static <B> B replay(
      MethodDescriptor<?, B> method, RequestRepository.Outcome outcome, byte[] bodyHash) {
    if (!Arrays.equals(bodyHash, outcome.bodyHash())) {
      String text = "was used for another request in the last 24 hours";
      throw BerthException.of(ErrorReason.REQUEST_ID_REUSED, "request_id " + text)
          .violation("request_id", text);
    }
    return method.parseResponse(new ByteArrayInputStream(outcome.response()));
  }

  private static byte[] hash(MessageLite request) {
    byte[] body = new byte[request.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(body);
    out.useDeterministicSerialization();
    try {
      request.writeTo(out);
      return MessageDigest.getInstance("SHA-256").digest(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String name() {
    return "request-ids";
  }

  @Override
  public Duration interval() {
    return Duration.ofMinutes(10);
  }

  @Override
  public void runOnce() {
    int deleted = repository.deleteOlderThan(KEPT);
    assert deleted >= 0;
  }
}
