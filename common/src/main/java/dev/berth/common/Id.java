package dev.berth.common;

import java.util.UUID;

/**
 * The identifiers of Berth: a UUIDv7 behind a prefix that names the kind of resource. As text an id
 * is {@code <prefix>_} and 26 characters of lower-case Crockford base32, so that ids of one kind
 * sort by creation time as bytes, as text and as UUIDs. Each kind is a type of its own, so that one
 * cannot be passed where another is meant.
 *
 * <p>{@code parse} accepts exactly what {@code toString} prints and throws {@link
 * IllegalArgumentException} for anything else; its message names the expected prefix and never the
 * input.
 */
public sealed interface Id {

  UUID value();

  record ProjectId(UUID value) implements Id {
    public static final String PREFIX = "prj";

    public static ProjectId parse(String text) {
      return new ProjectId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record SessionId(UUID value) implements Id {
    public static final String PREFIX = "ses";

    public static SessionId parse(String text) {
      return new SessionId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record WorkerId(UUID value) implements Id {
    public static final String PREFIX = "wkr";

    public static WorkerId parse(String text) {
      return new WorkerId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record ExecutorId(UUID value) implements Id {
    public static final String PREFIX = "exr";

    public static ExecutorId parse(String text) {
      return new ExecutorId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record RunId(UUID value) implements Id {
    public static final String PREFIX = "run";

    public static RunId parse(String text) {
      return new RunId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  /** One try at a run by one executor; fences everything that try reports. */
  record AttemptId(UUID value) implements Id {
    public static final String PREFIX = "att";

    public static AttemptId parse(String text) {
      return new AttemptId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record ConversationId(UUID value) implements Id {
    public static final String PREFIX = "cnv";

    public static ConversationId parse(String text) {
      return new ConversationId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record QueueId(UUID value) implements Id {
    public static final String PREFIX = "que";

    public static QueueId parse(String text) {
      return new QueueId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record SnapshotId(UUID value) implements Id {
    public static final String PREFIX = "snp";

    public static SnapshotId parse(String text) {
      return new SnapshotId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  /** An object of the store that holds file contents of snapshots. */
  record SeedSetId(UUID value) implements Id {
    public static final String PREFIX = "sds";

    public static SeedSetId parse(String text) {
      return new SeedSetId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record PackId(UUID value) implements Id {
    public static final String PREFIX = "pck";

    public static PackId parse(String text) {
      return new PackId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record HumanRequestId(UUID value) implements Id {
    public static final String PREFIX = "hrq";

    public static HumanRequestId parse(String text) {
      return new HumanRequestId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record ArtifactId(UUID value) implements Id {
    public static final String PREFIX = "art";

    public static ArtifactId parse(String text) {
      return new ArtifactId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record PoolId(UUID value) implements Id {
    public static final String PREFIX = "pol";

    public static PoolId parse(String text) {
      return new PoolId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  /** A container made ahead, and the disk that was made with it. */
  record PooledContainerId(UUID value) implements Id {
    public static final String PREFIX = "pct";

    public static PooledContainerId parse(String text) {
      return new PooledContainerId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record KeyId(UUID value) implements Id {
    public static final String PREFIX = "key";

    public static KeyId parse(String text) {
      return new KeyId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  record ExecId(UUID value) implements Id {
    public static final String PREFIX = "exc";

    public static ExecId parse(String text) {
      return new ExecId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  /** An instruction to an executor that is not a state: a relay to open, an answer, an input. */
  record CommandId(UUID value) implements Id {
    public static final String PREFIX = "cmd";

    public static CommandId parse(String text) {
      return new CommandId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }

  /** One process of the control plane, from its start to its end. */
  record ReplicaId(UUID value) implements Id {
    public static final String PREFIX = "rpl";

    public static ReplicaId parse(String text) {
      return new ReplicaId(IdText.parse(PREFIX, text));
    }

    @Override
    public String toString() {
      return IdText.print(PREFIX, value);
    }
  }
}
