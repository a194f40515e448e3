package dev.berth.controlplane.conversation;

import dev.berth.common.Id.ConversationId;
import dev.berth.common.Id.SessionId;

/**
 * A chain of runs that one provider carries on.
 *
 * @param workingDirectory by which programs find what they remember
 * @param providerName what the program calls it; empty until it has begun it
 */
public record Conversation(
    ConversationId id,
    SessionId session,
    String provider,
    String workingDirectory,
    String providerName) {}
