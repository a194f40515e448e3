package dev.berth.controlplane.snapshot.content;

import dev.berth.format.Node;

/**
 * Something in a root.
 *
 * @param node for a root itself a directory whose own name has no meaning
 */
public record Entry(TreePath path, Node node) {

  public boolean isDirectory() {
    return node instanceof Node.Directory;
  }

  /** Whether both are of one type and hold the same. */
  boolean sameAs(Entry other) {
    return switch (node) {
      case Node.File mine ->
          other.node instanceof Node.File theirs
              && mine.size() == theirs.size()
              && mine.mode() == theirs.mode()
              && mine.sha256().equals(theirs.sha256());
      case Node.Link mine ->
          other.node instanceof Node.Link theirs && mine.target().equals(theirs.target());
      case Node.Directory mine ->
          other.node instanceof Node.Directory theirs && mine.mode() == theirs.mode();
    };
  }
}
