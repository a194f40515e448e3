package dev.berth.executor.state;

/**
 * An enrolment that may have been answered without us hearing it; asking again with the same id
 * gets the same executor.
 *
 * @param enrolmentId 32 hexadecimal digits
 */
public record PendingEnrolment(String enrolmentId) {}
