package dev.berth.executor.provider;

/**
 * What a provider can do.
 *
 * @param humanLoop asks people for approval, or questions
 * @param resume goes on with a conversation in a new process
 * @param todo tells its list of things to do
 * @param usage tells how many tokens it used
 * @param cost tells what that costs
 * @param interrupt ends its turn early and keeps the conversation
 * @param multiTurn takes further prompts in the same process
 */
public record Capabilities(
    boolean humanLoop,
    boolean resume,
    boolean todo,
    boolean usage,
    boolean cost,
    boolean interrupt,
    boolean multiTurn) {

  /** Of a plain program. */
  public static final Capabilities NONE =
      new Capabilities(false, false, false, false, false, false, false);
}
