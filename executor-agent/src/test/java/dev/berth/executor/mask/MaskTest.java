package dev.berth.executor.mask;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MaskTest {
  private static final String SECRET = "correct-horse \"battery\"\\staple";

  private static String masked(List<String> values, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int known = Mask.of(values).apply(bytes, bytes.length, false, true);
    assertThat(known).isEqualTo(bytes.length);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String stars(int count) {
    return "*".repeat(count);
  }

  @Test
  void aValue_isHidden_asItIs_andAsItStandsInJson_inUrls_andInBase64() {
    assertThat(masked(List.of(SECRET), "a " + SECRET + " b"))
        .isEqualTo("a " + stars(SECRET.length()) + " b");
    String json = "correct-horse \\\"battery\\\"\\\\staple";
    assertThat(masked(List.of(SECRET), "{\"a\":\"" + json + "\"}"))
        .isEqualTo("{\"a\":\"" + stars(json.length()) + "\"}");
    assertThat(masked(List.of(SECRET), "?q=correct-horse%20%22battery%22%5Cstaple&r"))
        .isEqualTo("?q=" + stars("correct-horse%20%22battery%22%5Cstaple".length()) + "&r");
    for (String before : List.of("", "x", "me:")) {
      String encoded =
          Base64.getEncoder().encodeToString((before + SECRET).getBytes(StandardCharsets.UTF_8));
      String shown = masked(List.of(SECRET), encoded);
      assertThat(shown.chars().filter(c -> c == '*').count()).isGreaterThan(encoded.length() - 10);
    }
  }

  @Test
  void valuesThatOverlap_areHiddenTogether_andLineEndsStay() {
    assertThat(masked(List.of("abcabcabc", "abcabcabcd"), "abcabcabcabcabcd."))
        .isEqualTo(stars(16) + ".");
    assertThat(masked(List.of("line-one-of\nline-two-of\nx"), "  line-two-of\nline-one-of\n"))
        .isEqualTo("  " + stars(11) + "\n" + stars(11) + "\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sk-ant-|api03-abcdefghijklmnopqrst_-A",
        "sk-|proj-Abcdefghijklmnopqrstu1",
        "ghp_|abcdefghijklmnopqrstuvwxyz0123456789",
        "github_pat_|11ABCDEFG0abcdefghijkl_mnop",
        "AKIA|IOSFODNN7EXAMPLE",
        "xoxb-|1234567890-abcdef",
        "eyJ|hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLWhlcmU"
      })
  void keysOfKnownKinds_areHiddenBehindTheirBegin(String key) {
    String begin = key.substring(0, key.indexOf('|'));
    String rest = key.substring(begin.length() + 1);
    assertThat(masked(List.of(), "KEY=" + begin + rest + "; go on"))
        .isEqualTo("KEY=" + begin + stars(rest.length()) + "; go on");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "task-abcdefghijklmnopqrstuvwxyz1",
        "class=sk-loading-spinner-container-large",
        "AKIAlower7EXAMPLEabc",
        "sk-short1",
        "eyJhbGciOiJIUzI1NiJ9.notatoken.atall"
      })
  void whatOnlyLooksAlike_stays(String text) {
    assertThat(masked(List.of(), text)).isEqualTo(text);
  }

  @Test
  void whatMayBecomeAValue_isHeldBack_andNothingElse() {
    byte[] text = "plain correct-ho".getBytes(StandardCharsets.UTF_8);
    assertThat(Mask.of(List.of(SECRET)).apply(text, text.length, false, false)).isEqualTo(6);
    byte[] other = "plain correct-hat".getBytes(StandardCharsets.UTF_8);
    assertThat(Mask.of(List.of(SECRET)).apply(other, other.length, false, false))
        .isEqualTo(other.length);
    byte[] key = "see sk-an".getBytes(StandardCharsets.UTF_8);
    assertThat(Mask.of(List.of()).apply(key, key.length, false, false)).isEqualTo(4);
  }

  @Test
  void aTextThatIsNearlyTheValueManyTimes_costsNoMoreThanAnother() {
    byte[] text = new byte[4 << 20];
    Arrays.fill(text, (byte) 'a');
    assertThat(Mask.of(List.of("a".repeat(16_000) + "b")).apply(text, text.length, false, true))
        .isEqualTo(text.length);
    assertThat(text[text.length - 1]).isEqualTo((byte) 'a');
  }
}
