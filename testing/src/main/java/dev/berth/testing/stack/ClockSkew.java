package dev.berth.testing.stack;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * Sets the wall clock of a program of its own off, as a host's may be: a Java agent that changes
 * what {@code java.time} is told. Monotonic time stays as it is.
 */
public final class ClockSkew implements ClassFileTransformer {
  private static final ClassDesc INSTANT = ClassDesc.of("java.time.Instant");
  private static final MethodTypeDesc PLUS = MethodTypeDesc.of(INSTANT, ConstantDescs.CD_long);

  private final long seconds;

  private ClockSkew(long seconds) {
    this.seconds = seconds;
  }

  /**
   * Settings of a control plane whose clock is ahead by so much, or behind where it is negative.
   *
   * @param directory where the agent is put
   */
  public static Map<String, String> settings(Path directory, Duration by) {
    String agent = "-javaagent:" + jar(directory) + "=" + by.toSeconds();
    return Map.of(Program.JAVA_OPTIONS, Program.QUICK_TO_START + " " + agent);
  }

  private static Path jar(Path directory) {
    Path jar = directory.resolve("clock-skew.jar");
    if (Files.exists(jar)) {
      return jar;
    }
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", ClockSkew.class.getName());
    manifest.getMainAttributes().putValue("Can-Retransform-Classes", "true");
    String own = ClockSkew.class.getName().replace('.', '/') + ".class";
    try (InputStream code = ClockSkew.class.getClassLoader().getResourceAsStream(own);
        var out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      out.putNextEntry(new JarEntry(own));
      out.write(code.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return jar;
  }

  /** Called by the JVM of the program, before its {@code main}. */
  public static void premain(String seconds, Instrumentation jvm) throws Exception {
    jvm.addTransformer(new ClockSkew(Long.parseLong(seconds)), true);
    jvm.retransformClasses(Clock.class);
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      String name,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] code) {
    if (!name.equals("java/time/Clock")) {
      return null;
    }
    ClassFile file = ClassFile.of();
    return file.transformClass(
        file.parse(code),
        ClassTransform.transformingMethodBodies(
            method -> method.methodName().equalsString("currentInstant"),
            (builder, element) -> {
              if (element instanceof ReturnInstruction) {
                builder.loadConstant(seconds).invokevirtual(INSTANT, "plusSeconds", PLUS);
              }
              builder.with(element);
            }));
  }
}
