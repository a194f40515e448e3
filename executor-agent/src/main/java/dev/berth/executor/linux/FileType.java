package dev.berth.executor.linux;

/** What stands behind a name. */
public enum FileType {
  REGULAR,
  DIRECTORY,
  SYMLINK,
  FIFO,
  /** A socket or device: never opened. */
  SPECIAL,
  /** A file system that does not tell in its directory; ask {@link Directory#stat}. */
  UNKNOWN;

  static FileType ofMode(int mode) {
    return switch (mode & 0xf000) {
      case 0x8000 -> REGULAR;
      case 0x4000 -> DIRECTORY;
      case 0xa000 -> SYMLINK;
      case 0x1000 -> FIFO;
      default -> SPECIAL;
    };
  }

  static FileType ofDirectoryEntry(int type) {
    return switch (type) {
      case 0 -> UNKNOWN;
      case 1 -> FIFO;
      case 4 -> DIRECTORY;
      case 8 -> REGULAR;
      case 10 -> SYMLINK;
      default -> SPECIAL;
    };
  }
}
