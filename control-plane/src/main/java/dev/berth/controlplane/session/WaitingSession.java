package dev.berth.controlplane.session;

import dev.berth.common.Id.SessionId;

/** A session that waits for a place; {@code alike} is the same where placement asks the same. */
public record WaitingSession(SessionId id, String alike) {}
