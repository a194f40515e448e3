package dev.berth.controlplane.snapshot.content;

import dev.berth.format.Node;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * A tree as a GNU tar stream, names relative to where the walk stands. Names are bytes: they are
 * given to the library one character a byte, and written by it likewise.
 */
public final class TarStream {
  private static final java.nio.charset.Charset BYTES = StandardCharsets.ISO_8859_1;

  private final StoredContent content;

  public TarStream(StoredContent content) {
    this.content = content;
  }

  public void write(TreeWalk walk, OutputStream out) throws IOException, CorruptException {
    try (var tar = new TarArchiveOutputStream(out, BYTES.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
      Entry top = walk.next().orElseThrow();
      int names = top.path().names().size();
      if (!top.isDirectory()) {
        entry(tar, top, Math.max(0, names - 1));
      }
      for (Optional<Entry> next = walk.next(); next.isPresent(); next = walk.next()) {
        entry(tar, next.get(), names);
      }
    }
  }

  private void entry(TarArchiveOutputStream tar, Entry entry, int from)
      throws IOException, CorruptException {
    var relative = entry.path().names();
    String name =
        new String(new TreePath(relative.subList(from, relative.size())).toBytes(), BYTES);
    TarArchiveEntry header =
        switch (entry.node()) {
          case Node.Directory directory -> {
            var made = new TarArchiveEntry(name + "/", TarConstants.LF_DIR);
            made.setMode(directory.mode());
            yield made;
          }
          case Node.Link link -> {
            var made = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
            made.setLinkName(new String(link.target().toArray(), BYTES));
            yield made;
          }
          case Node.File file -> {
            var made = new TarArchiveEntry(name, TarConstants.LF_NORMAL);
            made.setMode(file.mode());
            made.setSize(file.size());
            yield made;
          }
        };
    header.setModTime(
        FileTime.from(
            Instant.ofEpochSecond(entry.node().mtimeSeconds(), entry.node().mtimeNanos())));
    tar.putArchiveEntry(header);
    if (entry.node() instanceof Node.File file) {
      content.copy(file, 0, file.size(), tar);
    }
    tar.closeArchiveEntry();
  }
}
