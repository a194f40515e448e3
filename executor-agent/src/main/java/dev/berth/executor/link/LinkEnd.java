package dev.berth.executor.link;

import io.grpc.Status;

/**
 * How a Connect stream ended.
 *
 * @param reason the name of the control plane's {@code ErrorReason}; empty where it gave none
 */
record LinkEnd(Status status, String reason) {

  private static final String UNSAID = "UNSAID";

  static LinkEnd of(Throwable thrown) {
    return new LinkEnd(Status.fromThrowable(thrown), Refusals.reason(thrown));
  }

  static LinkEnd of(Status status) {
    return new LinkEnd(status, "");
  }

  /** Before the hello: what is to be said in it is not known. */
  static LinkEnd unsaid(String why) {
    return new LinkEnd(Status.UNAVAILABLE.withDescription(why), UNSAID);
  }

  /** Whether a hello will be answered the same until somebody changes something. */
  boolean lasting() {
    return switch (status.getCode()) {
      case UNAUTHENTICATED,
          PERMISSION_DENIED,
          FAILED_PRECONDITION,
          INVALID_ARGUMENT,
          UNIMPLEMENTED ->
          true;
      default -> false;
    };
  }

  /** For whoever operates this host: what is wrong, and what to do where that is known. */
  String words() {
    var description = status.getDescription() == null ? "" : status.getDescription();
    if (reason.equals(UNSAID)) {
      return description;
    }
    return switch (status.getCode()) {
      case OK -> "the control plane ended the link; dialling again";
      case UNAUTHENTICATED ->
          "the control plane does not know this executor's credential. Where its database was made"
              + " anew, remove executor.json from the state directory and enrol again";
      case ABORTED ->
          "another link of this executor took over; if it is not this agent's own, another one uses"
              + " a copy of its state directory";
      default -> lasting() ? refused(description) : status.getCode() + colon(description);
    };
  }

  private String refused(String description) {
    return switch (reason) {
      case "PROTOCOL_VERSION" ->
          "the control plane and this agent are too many versions apart"
              + colon(description)
              + ". Upgrade the older one";
      case "STORE_ON_LOOPBACK" -> "the control plane refuses this executor" + colon(description);
      default ->
          "the control plane refuses this executor, "
              + (reason.isEmpty() ? status.getCode() : reason)
              + colon(description);
    };
  }

  private static String colon(String description) {
    return description.isEmpty() ? "" : ": " + description;
  }
}
