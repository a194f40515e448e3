package dev.berth.cli.resource;

import com.google.protobuf.FieldMask;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Table;
import dev.berth.cli.session.ContainerOptions;
import dev.berth.v1.CreatePoolRequest;
import dev.berth.v1.DeletePoolRequest;
import dev.berth.v1.GetPoolRequest;
import dev.berth.v1.ListPoolsRequest;
import dev.berth.v1.Pool;
import dev.berth.v1.PoolExecutor;
import dev.berth.v1.UpdatePoolRequest;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth pool …}. */
@Command(
    name = "pool",
    description = "Containers kept ready, so that sessions need not wait for theirs.",
    mixinStandardHelpOptions = true,
    subcommands = {
      PoolCommand.Create.class,
      PoolCommand.Get.class,
      PoolCommand.ListAll.class,
      PoolCommand.Update.class,
      PoolCommand.Delete.class
    })
public final class PoolCommand {

  @Command(
      name = "create",
      description = "Keep containers ready for sessions of this image and these resources.",
      mixinStandardHelpOptions = true)
  static final class Create implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "NAME", description = "What it is called.")
    String name = "";

    @Option(names = "--size", paramLabel = "N", required = true, description = "How many.")
    int size;

    @Option(
        names = "--max-per-executor",
        paramLabel = "N",
        description = "At most so many on one executor. Default: as many as fit.")
    int maxPerExecutor;

    @Mixin ContainerOptions container = new ContainerOptions();

    Create(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var made =
          cli.connection()
              .pools()
              .createPool(
                  CreatePoolRequest.newBuilder()
                      .setName(name)
                      .setSize(size)
                      .setMaxPerExecutor(maxPerExecutor)
                      .setSpec(container.spec())
                      .build())
              .getPool();
      return show(cli, made);
    }
  }

  @Command(
      name = "get",
      description = "Show a pool and its containers on each executor.",
      mixinStandardHelpOptions = true)
  static final class Get implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "POOL", description = "Its name or id.")
    String pool = "";

    Get(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      return show(
          cli,
          cli.connection()
              .pools()
              .getPool(GetPoolRequest.newBuilder().setPool(pool).build())
              .getPool());
    }
  }

  @Command(name = "list", description = "List pools.", mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var answer =
          cli.connection()
              .pools()
              .listPools(ListPoolsRequest.newBuilder().setPageSize(1000).build());
      cli.printer().show(answer, () -> table(cli, answer.getPoolsList()));
      return ExitCode.OK.code();
    }
  }

  @Command(name = "update", description = "Change a pool's size.", mixinStandardHelpOptions = true)
  static final class Update implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "POOL", description = "Its name or id.")
    String pool = "";

    @Option(names = "--size", paramLabel = "N", description = "How many.")
    @Nullable Integer size;

    @Option(
        names = "--max-per-executor",
        paramLabel = "N",
        description = "At most so many on one executor; 0 for as many as fit.")
    @Nullable Integer maxPerExecutor;

    Update(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var mask = FieldMask.newBuilder();
      var request = UpdatePoolRequest.newBuilder().setPool(pool);
      if (size != null) {
        mask.addPaths("size");
        request.setSize(size);
      }
      if (maxPerExecutor != null) {
        mask.addPaths("max_per_executor");
        request.setMaxPerExecutor(maxPerExecutor);
      }
      var changed =
          cli.connection().pools().updatePool(request.setUpdateMask(mask).build()).getPool();
      return show(cli, changed);
    }
  }

  @Command(
      name = "delete",
      description = "Delete a pool and its containers; sessions keep what they claimed.",
      mixinStandardHelpOptions = true)
  static final class Delete implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "POOL", description = "Its name or id.")
    String pool = "";

    Delete(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var answer =
          cli.connection().pools().deletePool(DeletePoolRequest.newBuilder().setPool(pool).build());
      cli.printer().show(answer);
      return ExitCode.OK.code();
    }
  }

  private static int show(Cli cli, Pool pool) {
    cli.printer()
        .show(
            pool,
            () -> {
              table(cli, List.of(pool));
              if (pool.getExecutorsCount() > 0) {
                var table =
                    new Table("EXECUTOR", "READY", "CLAIMED", "CREATING", "FAILED", "REASON");
                pool.getExecutorsList()
                    .forEach(e ->
                        table.row(
                            e.getExecutorName(),
                            e.getReady(),
                            e.getClaimed(),
                            e.getCreating(),
                            e.getFailed(),
                            e.getReason().isEmpty() ? "" : e.getReason() + ": " + e.getMessage()));
                cli.printer().out().println();
                table.print(cli.printer().out());
              }
            });
    return ExitCode.OK.code();
  }

  private static void table(Cli cli, List<Pool> pools) {
    var table =
        new Table("ID", "NAME", "SIZE", "READY", "CLAIMED", "CREATING", "FAILED", "HITS", "MISSES");
    pools.forEach(p ->
        table.row(
            p.getId(),
            p.getName(),
            p.getSize(),
            sum(p, PoolExecutor::getReady),
            sum(p, PoolExecutor::getClaimed),
            sum(p, PoolExecutor::getCreating),
            sum(p, PoolExecutor::getFailed),
            p.getHits(),
            p.getMisses()));
    table.print(cli.printer().out());
  }

  private static int sum(Pool pool, ToIntFunction<PoolExecutor> count) {
    return pool.getExecutorsList().stream().mapToInt(count).sum();
  }
}
