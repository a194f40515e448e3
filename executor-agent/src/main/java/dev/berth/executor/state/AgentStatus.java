package dev.berth.executor.state;

/**
 * How this agent stands, for scripts that start it and wait.
 *
 * @param pid its process
 * @param connected whether the control plane has welcomed its link and the link stands
 * @param refused whether the control plane will refuse it until somebody does what {@code problem}
 *     says
 * @param linkEpoch the link's number, 0 before the first
 * @param problem why it is not connected; empty where nothing needs saying
 */
public record AgentStatus(
    long pid,
    String executorId,
    boolean connected,
    boolean refused,
    long linkEpoch,
    String problem) {}
