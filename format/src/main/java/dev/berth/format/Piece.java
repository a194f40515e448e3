package dev.berth.format;

/**
 * A stretch of a file's content and where it is stored.
 *
 * @param position in the file
 * @param length 1 to {@link Pack#MAX_FRAME_BYTES}
 * @param sha256 of the stretch
 * @param frame number of the frame that holds it
 * @param offset in the frame's uncompressed bytes
 */
public record Piece(long position, int length, Sha256 sha256, int frame, int offset) {}
