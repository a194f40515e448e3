package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.FileStat;
import dev.berth.executor.linux.OpenFile;
import dev.berth.format.FileName;
import dev.berth.format.Node;
import java.io.IOException;

/** Gives what was written its owner, mode and time. Set-uid and set-gid are never given. */
record FileFinish(Owner owner) {

  /** Answers how the file stands afterwards. */
  Node.Seen file(OpenFile open, Node.File node) throws IOException {
    return file(open, node.mode(), node.mtimeSeconds(), node.mtimeNanos());
  }

  Node.Seen file(OpenFile open, int mode, long mtimeSeconds, int mtimeNanos) throws IOException {
    if (owner.assign()) {
      open.chown(owner.uid(), owner.gid());
    }
    open.setModified(mtimeSeconds, mtimeNanos);
    FileStat stat = open.stat();
    if (stat.mode() != (mode & Node.MODE_MASK)) {
      open.chmod(mode & Node.MODE_MASK);
      stat = open.stat();
    }
    return new Node.Seen(stat.inode(), stat.ctimeSeconds(), stat.ctimeNanos(), false);
  }

  void link(Directory parent, Node.Link link) throws IOException {
    own(parent, link.name());
    parent.setModified(link.name(), link.mtimeSeconds(), link.mtimeNanos());
  }

  void directory(Directory directory, int mode, long mtimeSeconds, int mtimeNanos)
      throws IOException {
    own(directory);
    directory.chmod(mode & Node.MODE_MASK);
    directory.setModified(mtimeSeconds, mtimeNanos);
  }

  void own(Directory parent, FileName name) throws IOException {
    if (owner.assign()) {
      parent.chown(name, owner.uid(), owner.gid());
    }
  }

  void own(Directory directory) throws IOException {
    if (owner.assign()) {
      directory.chown(owner.uid(), owner.gid());
    }
  }
}
