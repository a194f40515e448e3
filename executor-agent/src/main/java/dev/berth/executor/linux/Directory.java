package dev.berth.executor.linux;

import dev.berth.format.FileName;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * An open directory, and everything that may be done beneath it. Paths of several components are
 * resolved by {@code openat2}: never out of this directory, never through a symbolic link, whatever
 * happens to the tree meanwhile ({@link Errno#ELOOP} and {@link Errno#EXDEV} say so). Everything
 * else works on one name directly in this directory and never follows it. Opening never blocks, and
 * refuses what is not of the wanted type.
 */
public final class Directory extends Handle {
  private static final int DIRECTORY_FLAGS =
      Kernel.O_DIRECTORY | Kernel.O_NOFOLLOW | Kernel.O_CLOEXEC;
  private static final int FILE_FLAGS = Kernel.O_NONBLOCK | Kernel.O_NOFOLLOW | Kernel.O_CLOEXEC;

  /** What an opened file is for. */
  public enum Access {
    READ(0),
    READ_WRITE(Kernel.O_RDWR),
    /** Every write goes to the end. Readable too. */
    APPEND(Kernel.O_RDWR | 0x400);

    private final int flags;

    Access(int flags) {
      this.flags = flags;
    }
  }

  /** Receives the entries of a directory. */
  public interface EntryVisitor {
    /** Answers whether to go on. */
    boolean visit(DirectoryEntry entry) throws ErrnoException;
  }

  private Directory(int fd, Object path) {
    super(fd, path);
  }

  /**
   * Opens a trusted directory of the host; links in {@code host} are followed.
   *
   * @throws ErrnoException if it is not there or not a directory
   */
  public static Directory open(Path host) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      byte[] bytes = host.toString().getBytes(StandardCharsets.UTF_8);
      long address = Scratch.string(s.path, bytes);
      int flags = Kernel.O_DIRECTORY | Kernel.O_CLOEXEC;
      long fd = Kernel.call(s, Syscall.OPENAT, Kernel.AT_FDCWD, address, flags, 0, 0);
      return new Directory((int) Kernel.check(fd, Syscall.OPENAT, host), host);
    }
  }

  /**
   * @throws ErrnoException if it is not there, not a directory, or behind a link
   */
  public Directory openDirectory(RelativePath path) throws ErrnoException {
    byte[] bytes = path.isRoot() ? new byte[] {'.'} : path.toBytes();
    return new Directory(openBeneath(bytes, DIRECTORY_FLAGS, 0, path), path);
  }

  /**
   * @throws ErrnoException if it is not there; {@link Errno#ENOTDIR} for anything else, a link too
   */
  public Directory openDirectory(FileName name) throws ErrnoException {
    return new Directory(openBeneath(name.toBytes(), DIRECTORY_FLAGS, 0, name), name);
  }

  /**
   * Opens a regular file.
   *
   * @throws ErrnoException if it is not there or behind a link; {@link Errno#EINVAL} if it is not a
   *     regular file
   */
  public OpenFile openFile(RelativePath path, Access access) throws ErrnoException {
    return checked(
        openBeneath(path.toBytes(), FILE_FLAGS | access.flags, 0, path), FileType.REGULAR, path);
  }

  /**
   * Opens a regular file directly in this directory.
   *
   * @throws ErrnoException if it is not there or a link; {@link Errno#EINVAL} if it is not a
   *     regular file
   */
  public OpenFile openFile(FileName name, Access access) throws ErrnoException {
    return checked(
        openBeneath(name.toBytes(), FILE_FLAGS | access.flags, 0, name), FileType.REGULAR, name);
  }

  /**
   * Makes a new, empty regular file.
   *
   * @param mode permission bits, less the process's umask
   * @throws ErrnoException {@link Errno#EEXIST} if anything, even a link, has the name
   */
  public OpenFile createFile(FileName name, int mode, Access access) throws ErrnoException {
    int flags = FILE_FLAGS | access.flags | Kernel.O_CREAT | Kernel.O_EXCL;
    return new OpenFile(openBeneath(name.toBytes(), flags, mode & 0xfff, name), name);
  }

  /**
   * Opens a FIFO for reading and writing, which never blocks and never ends.
   *
   * @throws ErrnoException if it is not there or a link; {@link Errno#EINVAL} if it is not a FIFO
   */
  public OpenFile openFifo(FileName name) throws ErrnoException {
    return checked(
        openBeneath(name.toBytes(), FILE_FLAGS | Kernel.O_RDWR, 0, name), FileType.FIFO, name);
  }

  private static OpenFile checked(int fd, FileType wanted, Object path) throws ErrnoException {
    OpenFile file = new OpenFile(fd, path);
    try {
      if (file.stat().type() == wanted) {
        return file;
      }
    } catch (ErrnoException e) {
      file.close();
      throw e;
    }
    file.close();
    throw new ErrnoException(Errno.EINVAL, "open as " + wanted, path);
  }

  private int openBeneath(byte[] path, int flags, int mode, Object shown) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      s.struct.set(ValueLayout.JAVA_LONG, 0, flags);
      s.struct.set(ValueLayout.JAVA_LONG, 8, mode);
      s.struct.set(ValueLayout.JAVA_LONG, 16, Kernel.RESOLVE);
      long name = Scratch.string(s.path, path);
      long fd = Kernel.call(s, Syscall.OPENAT2, fd(), name, s.struct.address(), 24, 0);
      return (int) Kernel.check(fd, Syscall.OPENAT2, shown);
    }
  }

  /**
   * What stands at a path; a link itself, not its target.
   *
   * @throws ErrnoException if it is not there, or a link stands before the last component
   */
  public FileStat stat(RelativePath path) throws ErrnoException {
    if (path.isRoot()) {
      return stat();
    }
    if (path.depth() == 1) {
      return stat(path.name());
    }
    int flags = Kernel.O_PATH | DIRECTORY_FLAGS;
    try (Directory parent =
        new Directory(openBeneath(path.parent().toBytes(), flags, 0, path), path)) {
      return parent.stat(path.name());
    }
  }

  /**
   * @throws ErrnoException if nothing has the name
   */
  public FileStat stat(FileName name) throws ErrnoException {
    return statx(fd(), name.toBytes(), name);
  }

  /**
   * Shows every entry but "." and "..", in no order, until the visitor has enough. Not for two
   * threads at once on one handle. What is added or removed meanwhile may or may not be seen.
   *
   * @throws ErrnoException if the kernel refuses, or the visitor threw it
   */
  public void forEachEntry(EntryVisitor visitor) throws ErrnoException {
    run(Syscall.LSEEK, fd(), 0, 0, 0);
    try (Scratch s = Scratch.take()) {
      while (true) {
        long result =
            Kernel.call(s, Syscall.GETDENTS64, fd(), s.io.address(), Scratch.IO_BYTES, 0, 0);
        int filled = (int) Kernel.check(result, Syscall.GETDENTS64, path());
        if (filled == 0 || !visitBatch(s.io.asSlice(0, filled), visitor)) {
          return;
        }
      }
    }
  }

  private static boolean visitBatch(MemorySegment batch, EntryVisitor visitor)
      throws ErrnoException {
    byte[] name = new byte[FileName.MAX_BYTES + 1];
    for (long at = 0; at < batch.byteSize(); ) {
      int length = batch.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 16) & 0xffff;
      int type = batch.get(ValueLayout.JAVA_BYTE, at + 18) & 0xff;
      int size = 0;
      byte b;
      while ((b = batch.get(ValueLayout.JAVA_BYTE, at + 19 + size)) != 0) {
        name[size++] = b;
      }
      at += length;
      boolean self = name[0] == '.' && (size == 1 || (size == 2 && name[1] == '.'));
      if (!self
          && !visitor.visit(
              new DirectoryEntry(FileName.of(name, 0, size), FileType.ofDirectoryEntry(type)))) {
        return false;
      }
    }
    return true;
  }

  /**
   * @param mode permission bits, less the process's umask
   * @throws ErrnoException {@link Errno#EEXIST} if anything, even a link, has the name
   */
  public void makeDirectory(FileName name, int mode) throws ErrnoException {
    onName(Syscall.MKDIRAT, name, mode & 0xfff, 0);
  }

  /**
   * @param mode permission bits, less the process's umask
   * @throws ErrnoException {@link Errno#EEXIST} if anything, even a link, has the name
   */
  public void makeFifo(FileName name, int mode) throws ErrnoException {
    onName(Syscall.MKNODAT, name, 0x1000 | (mode & 0xfff), 0);
  }

  /**
   * Removes a name that is not a directory's.
   *
   * @throws ErrnoException {@link Errno#EISDIR} for a directory
   */
  public void unlink(FileName name) throws ErrnoException {
    onName(Syscall.UNLINKAT, name, 0, 0);
  }

  /**
   * @throws ErrnoException {@link Errno#ENOTEMPTY} or {@link Errno#ENOTDIR}
   */
  public void removeDirectory(FileName name) throws ErrnoException {
    onName(Syscall.UNLINKAT, name, Kernel.AT_REMOVEDIR, 0);
  }

  /**
   * Moves a name, in one step, within one file system.
   *
   * @param replace whether what has the new name may go
   * @throws ErrnoException {@link Errno#EEXIST} if it may not and is there
   */
  public void rename(FileName name, Directory target, FileName newName, boolean replace)
      throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long from = Scratch.string(s.path, name.toBytes());
      long to = Scratch.string(s.otherPath, newName.toBytes());
      long result = Kernel.call(s, Syscall.RENAMEAT2, fd(), from, target.fd(), to, replace ? 0 : 1);
      Kernel.check(result, Syscall.RENAMEAT2, name);
    }
  }

  /**
   * Gives a file a second name; a link is not followed.
   *
   * @throws ErrnoException {@link Errno#EEXIST} if the new name is taken
   */
  public void link(FileName name, Directory target, FileName newName) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long from = Scratch.string(s.path, name.toBytes());
      long to = Scratch.string(s.otherPath, newName.toBytes());
      long result = Kernel.call(s, Syscall.LINKAT, fd(), from, target.fd(), to, 0);
      Kernel.check(result, Syscall.LINKAT, name);
    }
  }

  /**
   * @param target any bytes but NUL, 1 to 4095 of them; never resolved here
   * @throws ErrnoException {@link Errno#EEXIST} if the name is taken
   */
  public void symlink(FileName name, byte[] target) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long text = Scratch.string(s.otherPath, target);
      long at = Scratch.string(s.path, name.toBytes());
      Kernel.check(
          Kernel.call(s, Syscall.SYMLINKAT, text, fd(), at, 0, 0), Syscall.SYMLINKAT, name);
    }
  }

  /**
   * @throws ErrnoException {@link Errno#EINVAL} if it is not a link
   */
  public byte[] readLink(FileName name) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long at = Scratch.string(s.path, name.toBytes());
      long target = s.io.address();
      long result = Kernel.call(s, Syscall.READLINKAT, fd(), at, target, Scratch.PATH_MAX, 0);
      int length = (int) Kernel.check(result, Syscall.READLINKAT, name);
      return s.io.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /**
   * Gives what has the name, a link itself too, to a user.
   *
   * @throws ErrnoException if the kernel refuses
   */
  public void chown(FileName name, int uid, int gid) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long at = Scratch.string(s.path, name.toBytes());
      long result =
          Kernel.call(s, Syscall.FCHOWNAT, fd(), at, uid, gid, Kernel.AT_SYMLINK_NOFOLLOW);
      Kernel.check(result, Syscall.FCHOWNAT, name);
    }
  }

  /**
   * Sets the modification time of what has the name, a link itself too.
   *
   * @throws ErrnoException if the kernel refuses
   */
  public void setModified(FileName name, long seconds, int nanos) throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long at = Scratch.string(s.path, name.toBytes());
      long times = times(s.struct, seconds, nanos);
      long result =
          Kernel.call(s, Syscall.UTIMENSAT, fd(), at, times, Kernel.AT_SYMLINK_NOFOLLOW, 0);
      Kernel.check(result, Syscall.UTIMENSAT, name);
    }
  }

  private void onName(Syscall call, FileName name, long argument, long another)
      throws ErrnoException {
    try (Scratch s = Scratch.take()) {
      long at = Scratch.string(s.path, name.toBytes());
      Kernel.check(Kernel.call(s, call, fd(), at, argument, another, 0), call, name);
    }
  }
}
