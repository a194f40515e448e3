package dev.berth.controlplane.executor;

import dev.berth.controlplane.provider.AgentProvider;
import java.util.List;
import java.util.Map;

/** What an agent says of itself and its host when it connects. */
record Greeting(
    int protocolVersion,
    String buildVersion,
    Map<String, String> labels,
    Capacity capacity,
    Map<String, String> hardening,
    List<String> providers,
    List<AgentProvider> agentProviders,
    String bootId,
    List<String> mounts,
    List<String> features,
    Executor.Sessionless sessionless) {}
