package dev.berth.executor.container;

/**
 * @param id the engine's content id, {@code sha256:…}; the same on hosts that hold the same image
 * @param digest the registry's digest with its repository where the image came from one, else the
 *     id
 * @param runtimeVersion what its label {@code berth.runtime-version} says; empty without
 */
public record ImageInfo(String id, String digest, String runtimeVersion) {}
