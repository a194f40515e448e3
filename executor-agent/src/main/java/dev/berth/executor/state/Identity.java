package dev.berth.executor.state;

/**
 * Who this executor is, as the control plane answered its enrolment.
 *
 * @param credential the bearer credential of every call; a secret
 * @param installationId what containers are labelled with, beside the executor
 */
public record Identity(
    String executorId, String projectId, String installationId, String credential) {

  /** Without the credential. */
  @Override
  public String toString() {
    return "Identity[" + executorId + " in " + projectId + "]";
  }
}
