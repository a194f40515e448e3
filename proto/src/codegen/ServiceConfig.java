import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo;
import com.google.protobuf.ExtensionRegistry;
import dev.berth.v1.Options;
import dev.berth.v1.Retry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the gRPC service config of the descriptor set: clients that are given it send RPCs of the
 * package for clients whose option {@code retry} is SAFE again by themselves, with backoff, where
 * they end UNAVAILABLE. Fails where an RPC has no such option, or where its comment says otherwise.
 *
 * <p>usage: {@code java ServiceConfig.java DESCRIPTORS OUTPUT…}
 */
final class ServiceConfig {
  private static final String PACKAGE = "berth.v1";
  private static final String POLICY =
      """
      "retryPolicy": {
              "maxAttempts": 5,
              "initialBackoff": "0.2s",
              "maxBackoff": "2s",
              "backoffMultiplier": 2,
              "retryableStatusCodes": ["UNAVAILABLE"]
            }\
      """;

  private ServiceConfig() {}

  public static void main(String[] arguments) throws IOException {
    ExtensionRegistry options = ExtensionRegistry.newInstance();
    Options.registerAllExtensions(options);
    List<String> names = new ArrayList<>();
    var set = FileDescriptorSet.parseFrom(Files.readAllBytes(Path.of(arguments[0])), options);
    for (FileDescriptorProto file : set.getFileList()) {
      if (file.getPackage().equals(PACKAGE)) {
        names.addAll(safe(file));
      }
    }
    String config =
        """
        {
          "methodConfig": [
            {
              "name": [
                %s
              ],
              %s
            }
          ]
        }
        """
            .formatted(String.join(",\n        ", names), POLICY);
    for (int i = 1; i < arguments.length; i++) {
      Files.writeString(Path.of(arguments[i]), config);
    }
  }

  private static List<String> safe(FileDescriptorProto file) {
    List<String> names = new ArrayList<>();
    for (int s = 0; s < file.getServiceCount(); s++) {
      ServiceDescriptorProto service = file.getService(s);
      for (int m = 0; m < service.getMethodCount(); m++) {
        MethodDescriptorProto method = service.getMethod(m);
        String name = PACKAGE + "." + service.getName() + "/" + method.getName();
        Retry retry = method.getOptions().getExtension(Options.retry);
        check(name, retry, comment(file, s, m));
        check(name, retry, file, method);
        if (retry == Retry.RETRY_SAFE) {
          names.add(
              "{ \"service\": \"%s.%s\", \"method\": \"%s\" }"
                  .formatted(PACKAGE, service.getName(), method.getName()));
        }
      }
    }
    return names;
  }

  private static void check(String name, Retry retry, String comment) {
    if (retry == Retry.RETRY_UNSPECIFIED) {
      throw new IllegalStateException(
          name + " says nothing of retries: give it option (retry), see berth/v1/options.proto");
    }
    boolean safe = comment.contains("Safe to retry");
    boolean withId = comment.contains("Retry with the same `request_id`");
    if (safe != (retry == Retry.RETRY_SAFE) || withId != (retry == Retry.RETRY_WITH_REQUEST_ID)) {
      throw new IllegalStateException(
          name
              + " is "
              + retry
              + ", but its comment does not say so: \"Safe to retry\" is for RETRY_SAFE alone,"
              + " \"Retry with the same `request_id`\" for RETRY_WITH_REQUEST_ID alone");
    }
  }

  private static void check(
      String name, Retry retry, FileDescriptorProto file, MethodDescriptorProto method) {
    if (retry == Retry.RETRY_SAFE && method.getClientStreaming()) {
      throw new IllegalStateException(name + " streams up, which no client library sends again");
    }
    if (retry == Retry.RETRY_WITH_REQUEST_ID) {
      String input = method.getInputType().substring(("." + PACKAGE + ".").length());
      DescriptorProto request =
          file.getMessageTypeList().stream()
              .filter(message -> message.getName().equals(input))
              .findFirst()
              .orElseThrow();
      if (request.getFieldList().stream().noneMatch(f -> f.getName().equals("request_id"))) {
        throw new IllegalStateException(name + " takes no request_id");
      }
    }
  }

  /** The comment before the method, on one line. */
  private static String comment(FileDescriptorProto file, int service, int method) {
    List<Integer> path =
        List.of(
            FileDescriptorProto.SERVICE_FIELD_NUMBER,
            service,
            ServiceDescriptorProto.METHOD_FIELD_NUMBER,
            method);
    return file.getSourceCodeInfo().getLocationList().stream()
        .filter(location -> location.getPathList().equals(path))
        .findFirst()
        .map(SourceCodeInfo.Location::getLeadingComments)
        .orElse("")
        .replaceAll("\\s+", " ");
  }
}
