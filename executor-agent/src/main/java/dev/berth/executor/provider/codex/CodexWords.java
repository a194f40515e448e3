package dev.berth.executor.provider.codex;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.berth.executor.provider.JsonLines;
import dev.berth.executor.provider.Turn;
import dev.berth.executor.provider.Turn.PermissionMode;
import dev.berth.executor.provider.Utterance;
import java.io.ByteArrayOutputStream;

/** What {@code codex} is told, a line each. */
final class CodexWords {

  static final int GREETING = 1;
  static final int THREAD = 2;
  static final int TURN = 3;

  private CodexWords() {}

  static byte[] greeting() {
    var out = new ByteArrayOutputStream();
    var hello = params(IntNode.valueOf(GREETING), "initialize");
    hello.with("params").putObject("clientInfo").put("name", "berth").put("version", "0");
    out.writeBytes(JsonLines.bytes(hello));
    out.writeBytes(JsonLines.bytes(JsonLines.JSON.createObjectNode().put("method", "initialized")));
    return out.toByteArray();
  }

  static byte[] start(Turn turn) {
    return JsonLines.bytes(thread(turn, "thread/start"));
  }

  static byte[] resume(Turn turn) {
    var line = thread(turn, "thread/resume");
    line.with("params").put("threadId", turn.conversation());
    return JsonLines.bytes(line);
  }

  private static ObjectNode thread(Turn turn, String method) {
    var line = params(IntNode.valueOf(THREAD), method);
    var params = line.with("params");
    params.put("cwd", turn.workingDirectory());
    // said here, not in the settings: there the sandbox would answer instead of a person
    params.put(
        "approvalPolicy", turn.permissions() == PermissionMode.ALLOW ? "never" : "untrusted");
    params.put("sandbox", "danger-full-access");
    if (!turn.model().isEmpty()) {
      params.put("model", turn.model());
    }
    if (!turn.systemPrompt().isEmpty()) {
      params.put("developerInstructions", turn.systemPrompt());
    }
    return line;
  }

  static byte[] turn(String thread, String prompt) {
    var line = params(IntNode.valueOf(TURN), "turn/start");
    var params = line.with("params").put("threadId", thread);
    params.putArray("input").addObject().put("type", "text").put("text", prompt);
    return JsonLines.bytes(line);
  }

  static byte[] interrupt(String id, String thread, String turn) {
    var line = params(TextNode.valueOf(id), "turn/interrupt");
    line.with("params").put("threadId", thread).put("turnId", turn);
    return JsonLines.bytes(line);
  }

  private static ObjectNode params(JsonNode id, String method) {
    var line = JsonLines.JSON.createObjectNode();
    line.set("id", id);
    line.put("method", method).putObject("params");
    return line;
  }

  static byte[] answer(CodexState.Open open, Utterance.Answer answer) {
    var line = JsonLines.JSON.createObjectNode();
    line.put("id", open.id());
    var result = line.putObject("result");
    if (open.questions() == null) {
      result.put("decision", answer.allowed() ? "accept" : "decline");
    } else {
      var answers = result.putObject("answers");
      open.questions()
          .forEach((text, id) -> {
            var given = answer.answers().get(text);
            if (given != null) {
              answers.putObject(id).putArray("answers").add(given);
            }
          });
    }
    return JsonLines.bytes(line);
  }
}
