package dev.berth.controlplane.artifact;

import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.format.Sha256;
import java.io.OutputStream;
import java.security.MessageDigest;

/**
 * A file's bytes on their way to the store, counted and hashed: exactly as many as were announced,
 * or the file was written while it was read (ARTIFACT_CHANGED). Closing it does nothing.
 */
final class FileUpload extends OutputStream {
  private final String path;
  private final long size;
  private final ObjectStore.Upload upload;
  private final MessageDigest digest = Sha256.digest();
  private long received;

  FileUpload(String path, long size, ObjectStore.Upload upload) {
    this.path = path;
    this.size = size;
    this.upload = upload;
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    if (received + length > size) {
      throw ArtifactErrors.changed(path);
    }
    upload.write(bytes, offset, length);
    digest.update(bytes, offset, length);
    received += length;
  }

  /** The object is in the store; answers its SHA-256. */
  String finish() {
    if (received != size) {
      throw ArtifactErrors.changed(path);
    }
    upload.finish();
    return Sha256.finish(digest).toString();
  }

  /** After {@link #finish} nothing, before it the object will not be there. */
  void abandon() {
    upload.close();
  }
}
