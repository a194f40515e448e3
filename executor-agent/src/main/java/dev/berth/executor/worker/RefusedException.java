package dev.berth.executor.worker;

/** A step of bringing a worker up does not go on, for a reason people are told. */
final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient Failure failure;

  RefusedException(Failure failure) {
    super(failure.reason() + ": " + failure.message());
    this.failure = failure;
  }

  Failure failure() {
    return failure;
  }
}
