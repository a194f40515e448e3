package dev.berth.executor.container;

/**
 * A container as a list of many tells it, which costs the engine no look at each.
 *
 * @param alive has processes, frozen or not
 */
public record ListedContainer(String id, String name, boolean alive) {}
