package dev.berth.testing.model;

import com.google.gson.JsonObject;
import java.io.IOException;

/** A protocol by which programs speak to models. */
interface Dialect {

  /** Tokens that every answer reports: input that was not cached, cached input, output. */
  int INPUT = 100;

  int CACHED = 40;
  int OUTPUT = 10;

  Exchange read(JsonObject request);

  /** All events of an answer; none of the last ones where it does not end COMPLETE or REFUSAL. */
  void stream(Exchange asked, Reply.Stream reply, Events events) throws IOException;

  /** The same in one object. */
  JsonObject whole(Exchange asked, Reply.Stream reply);

  JsonObject failure(int status);

  /** The id of a tool call: the same for the same place in a conversation. */
  static String callId(Exchange asked, int part) {
    return "call_" + asked.turns().size() + "_" + asked.step() + "_" + part;
  }
}
