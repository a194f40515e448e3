package dev.berth.executor.linux;

import java.util.Locale;

/** The system calls in use and their numbers, which differ by machine. */
enum Syscall {
  OPENAT2(437, 437),
  OPENAT(257, 56),
  CLOSE(3, 57),
  STATX(332, 291),
  STATFS(137, 43),
  GETDENTS64(217, 61),
  LSEEK(8, 62),
  PREAD64(17, 67),
  PWRITE64(18, 68),
  WRITE(1, 64),
  READ(0, 63),
  FTRUNCATE(77, 46),
  FALLOCATE(285, 47),
  FSYNC(74, 82),
  FDATASYNC(75, 83),
  SYNCFS(306, 267),
  FCHMOD(91, 52),
  FCHOWN(93, 55),
  FCHOWNAT(260, 54),
  UTIMENSAT(280, 88),
  MKDIRAT(258, 34),
  MKNODAT(259, 33),
  UNLINKAT(263, 35),
  RENAMEAT2(316, 276),
  LINKAT(265, 37),
  SYMLINKAT(266, 36),
  READLINKAT(267, 78),
  IOCTL(16, 29),
  MOUNT(165, 40),
  UMOUNT2(166, 39),
  KILL(62, 129),
  SETNS(308, 268);

  static final boolean AARCH64 = System.getProperty("os.arch", "").equals("aarch64");

  final long number;
  final String text = name().toLowerCase(Locale.ROOT);

  Syscall(int x86, int aarch64) {
    this.number = "aarch64".equals(System.getProperty("os.arch", "")) ? aarch64 : x86;
  }
}
