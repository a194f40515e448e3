package dev.berth.controlplane.platform.grpc;

import build.buf.protovalidate.ValidationResult;
import build.buf.protovalidate.Validator;
import build.buf.protovalidate.ValidatorFactory;
import build.buf.protovalidate.Violation;
import build.buf.protovalidate.exceptions.ValidationException;
import build.buf.validate.FieldPathElement;
import com.google.protobuf.Message;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import jakarta.inject.Singleton;
import java.util.stream.Collectors;

/** The rules of messages that their protos say. */
@Singleton
public final class RequestValidator {
  private final Validator validator = ValidatorFactory.newBuilder().build();

  /**
   * Throws INVALID_ARGUMENT with each field that is wrong. The first message of a type takes long.
   */
  public void check(Message message) {
    ValidationResult result;
    try {
      result = validator.validate(message);
    } catch (ValidationException e) {
      throw new IllegalStateException(
          "the rules of " + message.getDescriptorForType().getFullName() + " cannot be applied", e);
    }
    if (result.isSuccess()) {
      return;
    }
    String text =
        result.getViolations().stream()
            .map(v -> path(v) + ": " + v.toProto().getMessage())
            .collect(Collectors.joining("; "));
    BerthException refusal = BerthException.of(ErrorReason.FIELD_INVALID, text);
    for (Violation violation : result.getViolations()) {
      refusal = refusal.violation(path(violation), violation.toProto().getMessage());
    }
    throw refusal;
  }

  private static String path(Violation violation) {
    StringBuilder path = new StringBuilder();
    for (FieldPathElement element : violation.toProto().getField().getElementsList()) {
      path.append(path.isEmpty() ? "" : ".").append(element.getFieldName());
      switch (element.getSubscriptCase()) {
        case INDEX -> path.append('[').append(element.getIndex()).append(']');
        case STRING_KEY -> path.append("[\"").append(element.getStringKey()).append("\"]");
        case INT_KEY -> path.append('[').append(element.getIntKey()).append(']');
        case UINT_KEY -> path.append('[').append(element.getUintKey()).append(']');
        case BOOL_KEY -> path.append('[').append(element.getBoolKey()).append(']');
        case SUBSCRIPT_NOT_SET -> {}
      }
    }
    return path.toString();
  }
}
