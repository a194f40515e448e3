package dev.berth.controlplane.run;

import dev.berth.common.Id.ConversationId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What to make a run of; no {@code sessionId}: its provider needs no worker; {@code throwaway}: the
 * session was made for it and goes with it. {@code queueKey} is what the key of its queue is for
 * it; {@code awake}: its session is woken already.
 */
record NewRun(
    RunId id,
    @Nullable String name,
    Map<String, String> labels,
    String correlationId,
    @Nullable SessionId sessionId,
    @Nullable ConversationId conversationId,
    QueueId queueId,
    String queueKey,
    boolean throwaway,
    boolean awake,
    RunSpec spec) {}
