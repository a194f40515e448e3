package dev.berth.controlplane.provider;

import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;
import java.util.List;

/** Refusals of what agents are asked. */
final class AgentErrors {
  private static final String AGENT = "spec.agent";

  private AgentErrors() {}

  static BerthException noAgent(String provider) {
    return CommonErrors.fieldInvalid(
        AGENT, "goes with a provider that drives an agent program, and " + provider + " is none");
  }

  static BerthException noPrompt(String provider) {
    return CommonErrors.fieldInvalid(
        AGENT, "is what " + provider + " is asked, and is missing: set at least its prompt");
  }

  static BerthException unsupported(String provider, String field) {
    String path = AGENT + "." + field;
    return BerthException.of(
            ErrorReason.AGENT_FIELD_UNSUPPORTED, "the provider " + provider + " takes no " + path)
        .with("provider", provider)
        .with("field", path)
        .violation(path, "is nothing that " + provider + " takes");
  }

  static BerthException misfit(String option, List<String> values) {
    return CommonErrors.fieldInvalid(
        AGENT + ".options[\"" + option + "\"]", "must be one of " + String.join(", ", values));
  }
}
