package dev.berth.controlplane.platform.store;

import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A presigned PUT whose body is written piece by piece: the S3 client would hold parts of it in
 * memory.
 */
final class StreamedUpload implements ObjectStore.Upload {
  private static final Logger log = LoggerFactory.getLogger(StreamedUpload.class);

  private final HttpURLConnection connection;
  private final OutputStream body;

  StreamedUpload(ObjectStore.Presigned put, long size, Duration timeout) {
    try {
      connection = (HttpURLConnection) put.url().toURL().openConnection();
      connection.setConnectTimeout((int) timeout.toMillis());
      connection.setReadTimeout((int) timeout.toMillis());
      connection.setRequestMethod(put.method());
      put.headers().forEach(connection::setRequestProperty);
      connection.setDoOutput(true);
      connection.setFixedLengthStreamingMode(size);
      body = connection.getOutputStream();
    } catch (IOException e) {
      throw failed(e.toString());
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    try {
      body.write(bytes, offset, length);
    } catch (IOException e) {
      throw failed(e.toString());
    }
  }

  @Override
  public void finish() {
    try {
      body.close();
      int status = connection.getResponseCode();
      if (status / 100 != 2) {
        throw failed("answered " + status);
      }
    } catch (IOException e) {
      throw failed(e.toString());
    }
  }

  @Override
  public void close() {
    connection.disconnect();
  }

  private static BerthException failed(String how) {
    log.warn("object store: upload failed: {}", how);
    return CommonErrors.storeUnavailable();
  }
}
