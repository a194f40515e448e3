package dev.berth.cli.workspace;

import com.google.protobuf.ByteString;
import dev.berth.cli.output.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.function.Function;

/** The bytes of a stream of answers as one stream. */
public final class Received<T> extends InputStream {
  private final Iterator<T> answers;
  private final Function<T, ByteString> data;
  private final Progress progress;
  private InputStream current = InputStream.nullInputStream();

  public Received(Iterator<T> answers, Function<T, ByteString> data, Progress progress) {
    this.answers = answers;
    this.data = data;
    this.progress = progress;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = current.read(buffer, offset, length);
    while (count < 0 && answers.hasNext()) {
      ByteString bytes = data.apply(answers.next());
      progress.add(bytes.size());
      current = bytes.newInput();
      count = current.read(buffer, offset, length);
    }
    return count;
  }
}
