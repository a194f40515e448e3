package dev.berth.executor.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RangeBodyTest {
  private final byte[] target = new byte[6];
  private final Movement movement = new Movement(Duration.ofSeconds(1));

  @Test
  void putsWhatComesIntoTheFrontOfTheArray() {
    try (RangeBody body = new RangeBody(target, 4, movement)) {
      body.onNext(List.of(bytes(1, 2), bytes(3)));
      body.onNext(List.of(bytes(4)));
      body.onComplete();

      assertThat(body.getBody().toCompletableFuture()).isCompletedWithValue(4);
      assertThat(target).containsExactly(1, 2, 3, 4, 0, 0);
    }
  }

  @Test
  void bodyThatIsLongerThanItSaid_isCutWhereTheRangeEnds() {
    try (RangeBody body = new RangeBody(target, 2, movement)) {
      body.onNext(List.of(bytes(1, 2, 3)));

      assertThat(target).containsExactly(1, 2, 0, 0, 0, 0);
    }
  }

  @Test
  void closed_writesNoMoreWhateverArrives() {
    RangeBody body = new RangeBody(target, 4, movement);
    body.onNext(List.of(bytes(1)));
    body.close();
    body.onNext(List.of(bytes(9, 9)));

    assertThat(target).containsExactly(1, 0, 0, 0, 0, 0);
  }

  @Test
  void answerOfAnotherLengthOrStatus_isNotTaken() {
    try (RangeBody body = new RangeBody(target, 4, movement)) {
      assertThat(body.apply(answer(206, "4"))).isSameAs(body);
      assertThat(body.apply(answer(206, "5"))).isNotSameAs(body);
      assertThat(body.apply(answer(503, "4"))).isNotSameAs(body);
    }
  }

  private static ByteBuffer bytes(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length);
    for (int value : values) {
      buffer.put((byte) value);
    }
    return buffer.flip();
  }

  private static ResponseInfo answer(int status, String length) {
    return new ResponseInfo() {
      @Override
      public int statusCode() {
        return status;
      }

      @Override
      public HttpHeaders headers() {
        return HttpHeaders.of(Map.of("Content-Length", List.of(length)), (name, value) -> true);
      }

      @Override
      public HttpClient.Version version() {
        return HttpClient.Version.HTTP_1_1;
      }
    };
  }
}
