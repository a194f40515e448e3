package dev.berth.executor.container;

import java.util.OptionalInt;

/**
 * @param running false before it begins and after it ended
 * @param pid the engine host's process id; 0 where it never began
 * @param exitCode 128 + n where signal n ended it; empty while it runs or where it never began
 */
public record ExecInfo(boolean running, long pid, OptionalInt exitCode) {}
