package dev.berth.executor.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What {@code mount -o loop} and {@code umount --lazy} do, without a program being started for it.
 */
public final class Mounts {
  private static final long GET_FREE = 0x4C82;
  private static final long CONFIGURE = 0x4C0A;
  private static final int AUTOCLEAR = 4;
  private static final int NOSUID_NODEV_NOATIME = 2 | 4 | 1024;
  private static final int DETACH = 2;
  private static final int TRIES = 100;

  // struct loop_config: descriptor, block size, and a struct loop_info64 of these
  private static final int CONFIG_BYTES = 304;
  private static final int CONFIG_FLAGS = 8 + 52;
  private static final int CONFIG_NAME = 8 + 56;
  private static final int NAME_BYTES = 63;

  private Mounts() {}

  /**
   * Mounts the ext4 file system in a file of the host. Set-user-id bits and device nodes in it are
   * not honoured, access times not kept. The loop device goes with the mount.
   *
   * @param options of ext4, comma separated
   * @throws ErrnoException if the kernel refuses; {@link Errno#EINVAL} or {@link Errno#ENOTTY} also
   *     where it is older than 5.8
   */
  public static void image(Path image, Path at, String options) throws ErrnoException {
    try (OpenFile control = open(Path.of("/dev/loop-control"));
        OpenFile file = open(image)) {
      for (int tries = 1; ; tries++) {
        Path device =
            Path.of("/dev/loop" + control.run(Syscall.IOCTL, control.fd(), GET_FREE, 0, 0));
        try (OpenFile loop = open(device)) {
          configure(loop, file, image);
          mount(device, at, options);
          return;
        } catch (ErrnoException e) {
          // another took it first
          if (!e.is(Errno.EBUSY) || tries == TRIES) {
            throw e;
          }
        }
      }
    }
  }

  private static OpenFile open(Path path) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long name = Scratch.string(s.path, bytes(path));
      int flags = Kernel.O_RDWR | Kernel.O_CLOEXEC;
      long fd = Kernel.call(s, Syscall.OPENAT, Kernel.AT_FDCWD, name, flags, 0, 0);
      return new OpenFile((int) Kernel.check(fd, Syscall.OPENAT, path), path);
    }
  }

  private static void configure(OpenFile loop, OpenFile file, Path image) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      MemorySegment config = s.struct.asSlice(0, CONFIG_BYTES).fill((byte) 0);
      config.set(ValueLayout.JAVA_INT, 0, file.fd());
      config.set(ValueLayout.JAVA_INT, CONFIG_FLAGS, AUTOCLEAR);
      byte[] name = bytes(image);
      int length = Math.min(name.length, NAME_BYTES);
      MemorySegment.copy(name, 0, config, ValueLayout.JAVA_BYTE, CONFIG_NAME, length);
      long result = Kernel.call(s, Syscall.IOCTL, loop.fd(), CONFIGURE, config.address(), 0, 0);
      Kernel.check(result, Syscall.IOCTL, image);
    }
  }

  private static void mount(Path device, Path at, String options) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long source = Scratch.string(s.otherPath, bytes(device));
      long target = Scratch.string(s.path, bytes(at));
      long type = Scratch.string(s.struct, ascii("ext4"));
      long data = Scratch.string(s.io, ascii(options));
      long result = Kernel.call(s, Syscall.MOUNT, source, target, type, NOSUID_NODEV_NOATIME, data);
      Kernel.check(result, Syscall.MOUNT, at);
    }
  }

  /**
   * Takes away what is mounted there, also while something still has a file of it open: it is then
   * gone for good with the last of those.
   *
   * @throws ErrnoException {@link Errno#EINVAL} if nothing is mounted there
   */
  public static void detach(Path at) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long target = Scratch.string(s.path, bytes(at));
      long result = Kernel.call(s, Syscall.UMOUNT2, target, DETACH, 0, 0, 0);
      Kernel.check(result, Syscall.UMOUNT2, at);
    }
  }

  private static byte[] bytes(Path path) {
    return path.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
