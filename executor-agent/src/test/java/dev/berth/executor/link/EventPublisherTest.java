package dev.berth.executor.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.common.IdSource;
import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.journal.Position;
import dev.berth.executor.process.JournalBatch;
import dev.berth.executor.provider.AgentEvent;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventPublisherTest {

  private final IdSource ids = new IdSource(Clock.systemUTC());
  private final List<PublishEventsRequest> received = new CopyOnWriteArrayList<>();
  private final Map<AttemptId, Source> sources = new ConcurrentHashMap<>();
  private final List<AttemptId> discarded = new CopyOnWriteArrayList<>();
  private ScriptedPlane plane;
  private ManagedChannel channel;
  private EventPublisher publisher;

  @BeforeEach
  void start() throws Exception {
    plane = new ScriptedPlane();
    channel = plane.channel();
    publisher = new EventPublisher(ExecutorLinkServiceGrpc.newStub(channel), new Random(1));
    plane.onEvents =
        (request, responses) -> {
          received.add(request);
          responses.onNext(ScriptedPlane.ok(request));
        };
    publisher.start(new Answers());
  }

  @AfterEach
  void stop() {
    publisher.close();
    channel.shutdownNow();
    plane.close();
  }

  @Test
  void batchesOfAnAttempt_arriveInOrder_andAreAcknowledged() {
    var source = new Source();
    source.print(50);
    await().until(() -> source.acked.out() == 500);
    assertThat(froms(source))
        .isEqualTo(java.util.stream.LongStream.range(0, 50).map(i -> i * 10).boxed().toList());
  }

  @Test
  void aGap_goesBackToWhereTheControlPlaneStands() {
    var gapped = new java.util.concurrent.atomic.AtomicBoolean();
    plane.onEvents =
        (request, responses) -> {
          if (request.getFrom().getOut() == 20 && gapped.compareAndSet(false, true)) {
            responses.onNext(
                ScriptedPlane.answer(request, PublishEventsResponse.Status.STATUS_GAP)
                    .setAcked(EventMapper.message(new Position(10, 0, 0)))
                    .build());
            return;
          }
          received.add(request);
          responses.onNext(ScriptedPlane.ok(request));
        };
    var source = new Source();
    source.print(6);
    await().until(() -> source.acked.out() == 60);
    assertThat(source.resentFrom).contains(new Position(10, 0, 0));
  }

  @Test
  void aStaleAttempt_isDiscarded_andOthersGoOn() {
    var stale = new Source();
    plane.onEvents =
        (request, responses) ->
            responses.onNext(
                request.getAttemptId().equals(stale.attempt.toString())
                    ? ScriptedPlane.answer(request, PublishEventsResponse.Status.STATUS_STALE)
                        .build()
                    : ScriptedPlane.ok(request));
    var other = new Source();
    stale.print(1);
    other.print(3);
    await().until(() -> other.acked.out() == 30);
    await().until(() -> discarded.contains(stale.attempt));
    assertThat(discarded).containsExactly(stale.attempt);
  }

  @Test
  void aBrokenStream_isOpenedAgain_andWhatWasNotAcknowledgedIsSaidAgain() {
    var broken = new java.util.concurrent.atomic.AtomicInteger();
    plane.onEvents =
        (request, responses) -> {
          if (request.getFrom().getOut() == 30 && broken.incrementAndGet() <= 3) {
            responses.onError(Status.UNAVAILABLE.asRuntimeException());
            return;
          }
          received.add(request);
          responses.onNext(ScriptedPlane.ok(request));
        };
    var source = new Source();
    source.print(10);
    await().atMost(Duration.ofSeconds(20)).until(() -> source.acked.out() == 100);
    assertThat(broken).hasValueGreaterThanOrEqualTo(3);
  }

  @Test
  void aBatchRefusedForGood_isSentWithoutItsContents_andTheRestFollows() {
    plane.onEvents =
        (request, responses) -> {
          if (request.getFrom().getOut() == 20
              && !request.getEvents(0).getLog().getData().isEmpty()) {
            responses.onError(Status.INVALID_ARGUMENT.asRuntimeException());
            return;
          }
          received.add(request);
          responses.onNext(ScriptedPlane.ok(request));
        };
    var source = new Source();
    source.print(5);
    await().atMost(Duration.ofSeconds(20)).until(() -> source.acked.out() == 50);
    assertThat(received)
        .filteredOn(request -> request.getFrom().getOut() == 20)
        .last()
        .satisfies(
            request -> assertThat(request.getEvents(0).getLog().getDroppedBytes()).isEqualTo(10));
  }

  @Test
  void oneFlood_delaysNoOtherAttempt() {
    var held = new CopyOnWriteArrayList<Runnable>();
    var flood = new Source();
    plane.onEvents =
        (request, responses) -> {
          if (request.getAttemptId().equals(flood.attempt.toString())) {
            held.add(() -> responses.onNext(ScriptedPlane.ok(request)));
          } else {
            responses.onNext(ScriptedPlane.ok(request));
          }
        };
    flood.print(1_000);
    var other = new Source();
    other.print(3);
    await().atMost(Duration.ofSeconds(2)).until(() -> other.acked.out() == 30);
    assertThat(held).hasSizeLessThanOrEqualTo(4);
  }

  private List<Long> froms(Source source) {
    return received.stream()
        .filter(request -> request.getAttemptId().equals(source.attempt.toString()))
        .map(request -> request.getFrom().getOut())
        .toList();
  }

  private Source source(AttemptId attempt) {
    return Objects.requireNonNull(sources.get(attempt));
  }

  private final class Answers implements EventPublisher.Attempts {
    @Override
    public void acked(AttemptId attempt, Position position) {
      source(attempt).acked = position;
    }

    @Override
    public void resend(AttemptId attempt, Optional<Position> from) {
      source(attempt).resend(from);
    }

    @Override
    public void discard(AttemptId attempt) {
      discarded.add(attempt);
    }
  }

  /** An attempt that prints ten bytes a batch. */
  private final class Source {
    final AttemptId attempt = new AttemptId(ids.next());
    final RunId run = new RunId(ids.next());
    final List<Position> resentFrom = new CopyOnWriteArrayList<>();
    volatile Position acked = Position.START;
    private long printed;

    Source() {
      sources.put(attempt, this);
    }

    synchronized void print(int batches) {
      for (int i = 0; i < batches; i++) {
        say(printed);
        printed += 10;
      }
    }

    synchronized void resend(Optional<Position> from) {
      var position = from.orElse(acked);
      resentFrom.add(position);
      for (long at = position.out(); at < printed; at += 10) {
        say(at);
      }
    }

    private void say(long at) {
      publisher.batch(
          new JournalBatch(
              run,
              attempt,
              new Position(at, 0, 0),
              new Position(at + 10, 0, 0),
              List.of(new AgentEvent.Log(Instant.EPOCH, JournalStream.OUT, new byte[10], 0)),
              Optional.empty()));
    }
  }
}
