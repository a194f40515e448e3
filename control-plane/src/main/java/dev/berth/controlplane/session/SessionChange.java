package dev.berth.controlplane.session;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a session's changeable fields shall be, all of them. */
public record SessionChange(@Nullable String name, Map<String, String> labels, SessionSpec spec) {}
