package dev.berth.format.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.format.layer.SeedRule.Found;
import dev.berth.format.layer.SeedRule.Outcome;
import dev.berth.format.layer.SeedRule.Policy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeedRuleTest {
  @ParameterizedTest
  @CsvSource({
    "KEEP_SESSION,    NOTHING,    false, WRITE",
    "KEEP_SESSION,    NOTHING,    true,  WRITE",
    "KEEP_SESSION,    SAME,       false, KEEP",
    "KEEP_SESSION,    OTHER,      false, KEEP",
    "KEEP_SESSION,    OTHER,      true,  KEEP",
    "KEEP_SESSION,    IN_THE_WAY, false, KEEP",
    "PREFER_MANIFEST, NOTHING,    false, WRITE",
    "PREFER_MANIFEST, SAME,       false, KEEP",
    "PREFER_MANIFEST, OTHER,      false, WRITE",
    "PREFER_MANIFEST, OTHER,      true,  KEEP",
    "PREFER_MANIFEST, IN_THE_WAY, false, REFUSE",
    "PREFER_MANIFEST, IN_THE_WAY, true,  KEEP",
    "FAIL,            NOTHING,    false, WRITE",
    "FAIL,            SAME,       false, KEEP",
    "FAIL,            OTHER,      false, REFUSE",
    "FAIL,            OTHER,      true,  KEEP",
    "FAIL,            IN_THE_WAY, false, REFUSE",
  })
  void policyAndProtection_decideWhatBecomesOfASeed(
      Policy policy, Found found, boolean isProtected, Outcome expected) {
    assertThat(SeedRule.decide(policy, found, isProtected)).isEqualTo(expected);
  }
}
