import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.jooq.codegen.GenerationTool;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.ForcedType;
import org.jooq.meta.jaxb.Generate;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Logging;
import org.jooq.meta.jaxb.Target;

/** Migrates an empty PostgreSQL and generates the jOOQ classes from what it then holds. */
public class JooqGen {

  /**
   * Which columns hold which id record of {@code dev.berth.common.Id}: a regular expression over
   * {@code table.column}. First match wins.
   */
  private static final List<ForcedType> IDS =
      List.of(
          id("ProjectId", "project\\.id|.*\\.project_id"),
          id("SessionId", "session\\.(id|parent_id|root_id)|.*\\.session_id"),
          id("WorkerId", "worker\\.id|.*\\.worker_id"),
          id("ExecutorId", "executor\\.id|.*\\.executor_id"),
          id("RunId", "run\\.(id|parent_id|root_id|redrive_of|redriven_as)|.*\\.run_id"),
          id("AttemptId", "(run_)?attempt\\.id|.*\\.attempt_id"),
          id("ConversationId", "conversation\\.id|.*\\.conversation_id"),
          id("QueueId", "queue\\.id|.*\\.queue_id"),
          id("SnapshotId", "snapshot\\.(id|parent_id)|.*\\.(.*_)?snapshot_id"),
          id("PackId", "pack\\.id|.*\\.(.*_)?pack_id"),
          id("PoolId", "pool\\.id|.*\\.pool_id"),
          id("PooledContainerId", "pooled_container\\.id"),
          id("SeedSetId", "seed_set\\.id|.*\\.seed_set_id"),
          id("ArtifactId", "artifact\\.id|.*\\.artifact_id"),
          id("KeyId", "api_key\\.id|.*\\.key_id"),
          id("ExecId", "exec\\.id|.*\\.exec_id"),
          id("CommandId", "command\\.id|.*\\.command_id"),
          id("ReplicaId", "replica\\.id|.*\\.(.*_)?replica_id"));

  private static ForcedType id(String record, String columns) {
    String type = "dev.berth.common.Id." + record;
    return new ForcedType()
        .withUserType(type)
        .withConverter(
            "org.jooq.Converter.ofNullable(java.util.UUID.class, %1$s.class, %1$s::new, %1$s::value)"
                .formatted(type))
        .withIncludeTypes("uuid")
        .withIncludeExpression("(public\\.)?(" + columns + ")");
  }

  private static final List<ForcedType> TIMES =
      List.of(
          new ForcedType()
              .withName("INSTANT")
              .withIncludeTypes(
                  "timestamptz|timestamp with time zone|timestamp\\(.*\\) with time zone")
              .withIncludeExpression(".*"),
          new ForcedType()
              .withUserType("java.time.Duration")
              .withConverter(
                  "org.jooq.Converter.ofNullable(org.jooq.types.YearToSecond.class,"
                      + " java.time.Duration.class, org.jooq.types.YearToSecond::toDuration,"
                      + " org.jooq.types.YearToSecond::valueOf)")
              .withIncludeTypes("interval")
              .withIncludeExpression(".*"));

  public static void main(String[] args) throws Exception {
    Path migrations = Path.of(args[0]);
    Path output = Path.of(args[1]);
    try (EmbeddedPostgres pg = EmbeddedPostgres.builder().setServerConfig("fsync", "off").start()) {
      String url = pg.getJdbcUrl("postgres", "postgres");
      Flyway.configure()
          .dataSource(url, "postgres", null)
          .locations("filesystem:" + migrations)
          .load()
          .migrate();
      GenerationTool.generate(
          new Configuration()
              .withLogging(Logging.WARN)
              .withJdbc(new Jdbc().withUrl(url).withUser("postgres"))
              .withGenerator(
                  new Generator()
                      .withDatabase(
                          new Database()
                              .withName("org.jooq.meta.postgres.PostgresDatabase")
                              .withInputSchema("public")
                              .withOutputSchemaToDefault(true)
                              .withExcludes("flyway_schema_history|run_event_.*")
                              .withForcedTypes(concat(IDS, TIMES)))
                      .withGenerate(
                          new Generate().withRecords(true).withPojos(false).withJavaTimeTypes(true))
                      .withTarget(
                          new Target()
                              .withPackageName("dev.berth.sql.db")
                              .withDirectory(output.toString()))));
    }
  }

  private static List<ForcedType> concat(List<ForcedType> first, List<ForcedType> second) {
    return java.util.stream.Stream.concat(first.stream(), second.stream()).toList();
  }
}
