package dev.berth.controlplane.platform.store;

import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The bucket that holds snapshots and artifacts. Executors move bytes themselves, by URLs from
 * here; the control plane reads, looks and deletes. Keys are paths of {@code [a-zA-Z0-9._/-]}.
 *
 * <p>Each method but the presigning ones calls the store: never inside a transaction ({@link
 * IllegalStateException}). A store that does not answer is UNAVAILABLE (STORE_UNAVAILABLE).
 */
public interface ObjectStore {

  /**
   * A request that someone else may make until {@code expireTime}.
   *
   * @param headers to be sent exactly so; they are signed
   */
  record Presigned(String method, URI url, Map<String, String> headers, Instant expireTime) {}

  /**
   * A PUT of one finished object: the store refuses other bytes than those with this SHA-256
   * (hexadecimal) with 400, and answers 412 where the key is taken already.
   */
  Presigned presignPut(String key, String sha256);

  Presigned presignGet(String key);

  /** The object's size in bytes; empty where there is none. */
  OptionalLong size(String key);

  /** Returns normally where there is none. */
  void delete(String key);

  /**
   * An object that is being written; it is there once {@link #finish} has returned, and else not.
   */
  interface Upload extends AutoCloseable {

    void write(byte[] bytes, int offset, int length);

    void finish();

    /** Gives up what is not finished. */
    @Override
    void close();
  }

  /**
   * Begins to write an object of exactly so many bytes under a key that is not taken; none of it is
   * held in memory. Its methods throw as these do.
   */
  Upload upload(String key, long size);

  /** For small objects and tests: replaces what is there. */
  void put(String key, byte[] content);

  /** For small objects and tests; NOT_FOUND where there is none. */
  byte[] get(String key);

  /**
   * Up to {@code length} bytes from {@code offset} on: fewer where the object ends before, empty
   * where there is none.
   */
  Optional<byte[]> read(String key, long offset, int length);

  /** Makes the bucket where it is missing. */
  void ensureBucket();
}
