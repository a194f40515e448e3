package dev.berth.executor.journal;

/** What a process prints to. No order is promised between the two. */
public enum JournalStream {
  OUT("out"),
  ERR("err");

  private final String fileName;

  JournalStream(String fileName) {
    this.fileName = fileName;
  }

  String fileName() {
    return fileName;
  }
}
