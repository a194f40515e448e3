package dev.berth.executor.workspace;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** What an S3 server keeps, with a fault at each request that is told to have one. */
final class FaultyBlobs extends ForwardingBlobStore {
  /** What becomes of a request. */
  enum Fault {
    NONE,
    /** Nothing listens there: the request never comes here. */
    REFUSED,
    /** Answered 500, without effect. */
    ERROR,
    /** An answer ends in the middle of its body; a write is answered 500 in the middle of its. */
    CUT,
    /** The body stands still for longer than anybody waits. */
    STALLED,
    /** The body comes as over a thin line, and does come. */
    SLOW,
    /** A write is kept and answered 500; a read is as it should be. */
    APPLIED
  }

  /** Of each byte: 4 MB a second. */
  private static final long SLOW_NANOS = 250;

  private static final long STALLED_NANOS = 1_500_000_000;

  private volatile Supplier<Fault> next = () -> Fault.NONE;

  FaultyBlobs(BlobStore kept) {
    super(kept);
  }

  /** Asked at each request. */
  void each(Supplier<Fault> fault) {
    next = fault;
  }

  Fault next() {
    return next.get();
  }

  @Override
  public PutObjectResponse putBlob(PutObjectRequest request, InputStream body) {
    Fault fault = next.get();
    return switch (fault) {
      case ERROR -> throw new IllegalStateException("injected");
      case CUT -> {
        read(body, request.contentLength() / 2);
        throw new IllegalStateException("injected");
      }
      case APPLIED -> {
        keep(request, body);
        throw new IllegalStateException("injected");
      }
      case STALLED, SLOW -> keep(request, new Slow(body, fault));
      case NONE, REFUSED -> keep(request, body);
    };
  }

  private PutObjectResponse keep(PutObjectRequest request, InputStream body) {
    return super.putBlob(request, body);
  }

  private static void read(InputStream body, long length) {
    try {
      body.skipNBytes(length);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
    Fault fault = next.get();
    if (fault == Fault.ERROR) {
      throw new IllegalStateException("injected");
    }
    ResponseInputStream<GetObjectResponse> kept = super.getBlob(request);
    return switch (fault) {
      case CUT ->
          new ResponseInputStream<>(
              kept.response(), new Cut(kept, kept.response().contentLength() / 2));
      case STALLED, SLOW -> new ResponseInputStream<>(kept.response(), new Slow(kept, fault));
      case NONE, REFUSED, ERROR, APPLIED -> kept;
    };
  }

  private static final class Cut extends FilterInputStream {
    private long left;

    Cut(InputStream whole, long left) {
      super(whole);
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      return left-- > 0 ? super.read() : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int got = left > 0 ? super.read(target, offset, (int) Math.min(length, left)) : -1;
      left -= Math.max(got, 0);
      return got;
    }
  }

  /** Waits after each part, for as long as the fault lasts. */
  private final class Slow extends FilterInputStream {
    private final Fault fault;

    Slow(InputStream fast, Fault fault) {
      super(fast);
      this.fault = fault;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (next.get() != fault) {
        return super.read(target, offset, length);
      }
      int got = super.read(target, offset, Math.min(length, 64 << 10));
      LockSupport.parkNanos(fault == Fault.SLOW ? got * SLOW_NANOS : STALLED_NANOS);
      return got;
    }
  }
}
