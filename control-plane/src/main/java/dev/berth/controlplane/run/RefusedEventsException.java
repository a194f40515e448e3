package dev.berth.controlplane.run;

/** The database refuses the events of a batch whatever is done: trying again would not help. */
final class RefusedEventsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RefusedEventsException(Throwable cause) {
    super(cause);
  }
}
