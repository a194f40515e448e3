package dev.berth.cli.exec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeysTest {
  private final Keys keys = new Keys();

  private String typed(String text) {
    return new String(keys.typed(text.getBytes(US_ASCII), text.length()), US_ASCII);
  }

  @Test
  void everyKeyIsPassedOn_ctrlCToo() {
    assertThat(typed("ls\r\u0003\u001b[A")).isEqualTo("ls\r\u0003\u001b[A");
    assertThat(keys.detached()).isFalse();
  }

  @Test
  void ctrlP_ctrlQ_detaches_alsoInTwoReads() {
    assertThat(typed("ab\u0010")).isEqualTo("ab");
    assertThat(keys.detached()).isFalse();
    assertThat(typed("\u0011cd")).isEmpty();
    assertThat(keys.detached()).isTrue();
  }

  @Test
  void ctrlP_isPassedOnWithWhatFollowsIt() {
    assertThat(typed("\u0010")).isEmpty();
    assertThat(typed("x")).isEqualTo("\u0010x");
    assertThat(typed("\u0010\u0010")).isEqualTo("\u0010");
    assertThat(typed("\u0011")).isEmpty();
    assertThat(keys.detached()).isTrue();
  }
}
