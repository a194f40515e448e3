package dev.berth.executor.provider;

/**
 * How a turn ended by the program's own account.
 *
 * @param message a sentence for people; cut where it is long
 */
public record TurnEnd(Result result, String message) {

  private static final int LONGEST = 500;

  public TurnEnd {
    message = message.length() <= LONGEST ? message : message.substring(0, LONGEST) + "…";
  }

  public enum Result {
    COMPLETED,
    /** Somebody ended it early. */
    INTERRUPTED,
    /** The model's server does not accept the key. */
    MODEL_KEY_REFUSED,
    MODEL_RATE_LIMITED,
    /** The model's server answered with another error. */
    MODEL_ERROR,
    MODEL_UNREACHABLE,
    /** As many requests to the model as the turn may make. */
    TURN_LIMIT,
    /** The model declined. */
    REFUSED,
    /** The program could not go on, for a reason of its own. */
    PROVIDER_FAILED
  }
}
