package dev.berth.controlplane.seed;

/**
 * A file of a set.
 *
 * @param path relative, of components other than {@code .} and {@code ..}; unique in its set
 * @param mode permission bits
 * @param sha256 of the content, lower-case hexadecimal
 * @param position of the content in the set's object
 */
public record SeedFile(String path, int mode, long size, String sha256, long position) {}
