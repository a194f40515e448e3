package dev.berth.format;

/**
 * @param entries files, directories and links, the roots included
 * @param bytes sum of the sizes of all files
 */
public record Totals(long entries, long files, long bytes) {}
