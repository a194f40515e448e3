package dev.berth.cli.output;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.io.PrintStream;

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
