package dev.berth.cli.output;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Iterator;
import java.util.function.Function;

/**
 * Where results go: standard output for what was asked, standard error for everything said about
 * it. JSON uses the field names of the protos.
 */
public record Printer(Format format, PrintStream out, PrintStream err) {

  public boolean json() {
    return format == Format.json;
  }

  /** A result as an indented JSON document. */
  public void document(Message message) {
    out.println(render(message, JsonFormat.printer().preservingProtoFieldNames()));
  }

  /** A result: as a document where JSON is asked for, else as that text. */
  public void show(Message message, Runnable text) {
    if (json()) {
      document(message);
    } else {
      text.run();
    }
  }

  /** A result of which there is nothing to say but in JSON. */
  public void show(Message message) {
    show(message, () -> {});
  }

  /** The bytes of a file, as they come. */
  public <A> void bytes(Iterator<A> answers, Function<A, ByteString> data) throws IOException {
    copy(answers, data, out);
  }

  /** As {@link #bytes}, to somewhere else. */
  public static <A> void copy(Iterator<A> answers, Function<A, ByteString> data, OutputStream to)
      throws IOException {
    while (answers.hasNext()) {
      data.apply(answers.next()).writeTo(to);
    }
  }

  /** One message of a stream, as a line of JSON. */
  public void line(Message message) {
    out.println(
        render(
            message,
            JsonFormat.printer().preservingProtoFieldNames().omittingInsignificantWhitespace()));
    out.flush();
  }

  public void say(String sentence) {
    err.println(sentence);
  }

  private static String render(Message message, JsonFormat.Printer printer) {
    try {
      return printer.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a message of the API has no JSON form", e);
    }
  }
}
