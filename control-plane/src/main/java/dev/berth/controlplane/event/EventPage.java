package dev.berth.controlplane.event;

import java.util.List;

/**
 * Some of a feed, in order. {@code cursor} is behind all that was examined and never before the one
 * asked with; {@code more} says that the page was full.
 */
public record EventPage(List<Event> events, EventCursor cursor, boolean more) {}
