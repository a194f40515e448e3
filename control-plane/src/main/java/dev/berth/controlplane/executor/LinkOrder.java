package dev.berth.controlplane.executor;

import dev.berth.executor.v1.ConnectResponse;

/**
 * An order as it is to be sent. A link sends what {@code key} names again where {@code number} or
 * the kind of the message is not the last it sent for that key, and where it stays outstanding.
 *
 * @param key the row it comes from, such as a worker's id
 * @param number rises where the same row orders the same thing anew
 * @param message without its {@code seq}, which the link sets
 */
public record LinkOrder(String key, long number, ConnectResponse message) {

  /** What is ordered of a row: the same where it is no news. */
  record Gist(long number, String kind) {}

  Gist gist() {
    return new Gist(number, message.getMessageCase().name());
  }
}
