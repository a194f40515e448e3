package dev.berth.executor.container.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.executor.container.Await;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerInfo;
import dev.berth.executor.container.ContainerSpec;
import dev.berth.executor.container.ContainerSpec.Limits;
import dev.berth.executor.container.ExecSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every row of the sandbox's baseline, seen from inside it as a provider sees it. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SandboxBaselineTest {

  private EngineFixture engine;
  private String container;

  @BeforeAll
  void start() throws Exception {
    engine = EngineFixture.connect();
    container = engine.worker(EngineFixture.LIMITS);
  }

  @AfterAll
  void stop() throws Exception {
    engine.close();
  }

  /** What a script prints when it runs as the provider. */
  private String inside(String script) throws Exception {
    var file = engine.workspace().resolve("said");
    Files.deleteIfExists(file);
    var exec =
        engine
            .runtime()
            .startExec(
                container,
                new ExecSpec(
                    List.of("/bin/sh", "-c", "exec >/workspace/said 2>&1; " + script),
                    Map.of(),
                    EngineFixture.users().provider()),
                id -> {});
    assertThat(
            Await.until(
                Duration.ofSeconds(20),
                () -> engine.runtime().inspectExec(exec).filter(e -> e.running()).isEmpty()))
        .isTrue();
    return Files.readString(file).strip();
  }

  @Test
  void aProviderIsNobodyWithoutCapabilitiesAndCannotGainAny() throws Exception {
    var status = inside("id -u; id -g; id -G; cat /proc/self/status");

    assertThat(status).startsWith((EngineFixture.users().provider() + "\n").repeat(3));
    assertThat(status.lines())
        .contains(
            "CapInh:\t0000000000000000",
            "CapPrm:\t0000000000000000",
            "CapEff:\t0000000000000000",
            "CapBnd:\t0000000000000000",
            "CapAmb:\t0000000000000000",
            "NoNewPrivs:\t1",
            "Seccomp:\t2");
  }

  @Test
  void theKeepAliveIsAnotherUserWhomTheProviderCannotTouch() throws Exception {
    assertThat(inside("stat -c %u /proc/1; kill -9 1; kill -CONT -1; kill -9 -1"))
        .startsWith("10000")
        .contains("not permitted");
    assertThat(engine.runtime().inspect(container).orElseThrow().state())
        .isEqualTo(ContainerInfo.State.RUNNING);
  }

  @Test
  void setUserIdProgramsGiveNothing() throws Exception {
    assertThat(
            inside("ls -l /bin/su | cut -c1-4; echo | su -c id root; mount -t tmpfs x /tmp; id -u"))
        .contains("-rws")
        .endsWith("" + EngineFixture.users().provider())
        .doesNotContain("uid=0");
  }

  /** Numbers of x86-64; the expected error is the kernel's number for it. */
  @ParameterizedTest(name = "{0} is refused with {2}")
  @CsvSource({
    "io_uring_setup,    'syscall(425,1,0)',              38",
    "AF_VSOCK,          'syscall(41,40,1,0)',            1",
    "AF_ALG,            'syscall(41,38,5,0)',            1",
    "AF_PACKET,         'syscall(41,17,3,0)',            1",
    "netlink audit,     'syscall(41,16,3,9)',            1",
    "keyctl,            'syscall(250,0,-3,0)',           1",
    "add_key,           'syscall(248,0,0,0,0,0)',        1",
    "bpf,               'syscall(321,0,0,0)',            1",
    "perf_event_open,   'syscall(298,0,0,0,0,0)',        1",
    "userfaultfd,       'syscall(323,0)',                1",
    "mount,             'syscall(165,0,0,0,0,0)',        1",
    "open_tree,         'syscall(428,-100,0,0)',         1",
    "fsopen,            'syscall(430,0,0)',              1",
    "pivot_root,        'syscall(155,0,0)',              1",
    "unshare user,      'syscall(272,0x10000000)',       1",
    "unshare net,       'syscall(272,0x40000000)',       1",
    "clone new user,    'syscall(56,0x10000011,0,0,0,0)',1",
    "clone3,            'syscall(435,0,0)',              38",
    "setns,             'syscall(308,0,0)',              1",
    "kexec_load,        'syscall(246,0,0,0,0)',          1",
    "init_module,       'syscall(175,0,0,0)',            1",
    "open_by_handle_at, 'syscall(304,0,0,0)',            1",
    "process_vm_readv,  'syscall(310,1,0,0,0,0,0)',      1",
    "pidfd_getfd,       'syscall(438,0,0,0)',            1",
    "swapon,            'syscall(167,0,0)',              1",
    "syslog,            'syscall(103,3,0,0)',            1",
    "quotactl,          'syscall(179,0,0,0,0)',          1"
  })
  void aSystemCallOutsideTheProfileIsRefused(String name, String call, int errno) throws Exception {
    Assumptions.assumeTrue(System.getProperty("os.arch").equals("amd64"));
    assertThat(inside("perl -e '$! = 0; " + call + "; print $!+0'")).isEqualTo("" + errno);
  }

  @Test
  void ordinaryProgramsWork() throws Exception {
    assertThat(
            inside(
                "set -e; mkdir -p /workspace/g && cd /workspace/g && git init -q . && echo a | awk '{print $1\"b\"}' >f"
                    + " && git add f && git commit -qm m && git log --oneline | wc -l;"
                    + " (sleep 0.1 & wait); perl -e 'fork or exit 0; wait; print \"forked\\n\"';"
                    + " sort f | tee /tmp/x; mkfifo /tmp/p; ls -d /tmp/p"))
        .isEqualTo("1\nforked\nab\n/tmp/p");
  }

  @Test
  void theRootIsReadOnlyAndScratchSpaceIsBounded() throws Exception {
    assertThat(inside("touch /x /etc/x /usr/x; touch /opt/x"))
        .contains("Read-only")
        .doesNotContain("No such");
    for (var place : List.of("/tmp", "/var/tmp", "/dev/shm", "/home/agent", "/run")) {
      var size = Long.parseLong(inside("df --output=size -k " + place + " | tail -1").strip());
      assertThat(size).as(place).isLessThanOrEqualTo(128 * 1024);
    }
    assertThat(inside("head -c 200000000 /dev/zero >/var/tmp/full; rm /var/tmp/full"))
        .contains("No space");
    assertThat(inside("cp /bin/true /var/tmp/t; /var/tmp/t; rm /var/tmp/t"))
        .contains("ermission denied");
    assertThat(inside("cp /bin/echo /tmp/t; /tmp/t runs; rm /tmp/t")).isEqualTo("runs");
    assertThat(
            inside(
                "grep -cE ' (/tmp|/var/tmp|/dev/shm|/home/agent|/run) tmpfs [^ ]*nosuid,nodev' /proc/mounts"))
        .isEqualTo("5");
  }

  @Test
  void nothingIsReachableButItself() throws Exception {
    assertThat(inside("ls /sys/class/net")).isEqualTo("lo");
    var dial =
        "perl -MSocket -e 'socket(S,2,1,0) or die \"socket\"; print connect(S, sockaddr_in(80, inet_aton(\"%s\"))) ? \"open\" : \"closed: $!\"'";
    assertThat(inside(dial.formatted("169.254.169.254"))).contains("unreachable");
    assertThat(inside(dial.formatted("172.17.0.1"))).contains("unreachable");
    assertThat(inside("ls /var/run/docker.sock /run/docker.sock"))
        .doesNotContain("srw")
        .contains("No such");
  }

  @Test
  void namespacesAndLimitsAreItsOwn() throws Exception {
    assertThat(
            inside("ulimit -n; ulimit -c; cat /proc/1/environ | tr '\\0' '\\n' | grep -c SECRET"))
        .startsWith("16384\n0\n")
        .endsWith("0");
    var host = Files.readSymbolicLink(Path.of("/proc/self/ns/ipc")).toString();
    assertThat(inside("readlink /proc/self/ns/ipc")).isNotEqualTo(host);
    assertThat(inside("hostname")).isEqualTo("berth");
    assertThat(inside("dd if=/dev/sda of=/dev/null count=1; mknod /tmp/n b 8 0"))
        .doesNotContain("records in");
  }

  @Test
  void theReportSaysWhatTheHostProvides() {
    assertThat(engine.runtime().hardening())
        .containsEntry("seccomp", "berth")
        .containsEntry("runtime.runc", "yes")
        .containsKeys("cgroup", "userns", "swap-limit", "kernel", "storage", "live-restore");
  }

  @Test
  void creatingAgainAdoptsTheSameAndRefusesAnother() {
    var spec = engine.spec(EngineFixture.LIMITS, engine.workspace());
    var first = engine.runtime().create(spec);

    assertThat(engine.runtime().create(spec)).isEqualTo(first);
    var other = new Limits(512L << 20, 1000, 64);
    var differs =
        new ContainerSpec(
            spec.name(), spec.image(), other, spec.mounts(), spec.network(), spec.users(), "");
    assertThatThrownBy(() -> engine.runtime().create(differs))
        .isInstanceOfSatisfying(
            ContainerException.class,
            e -> assertThat(e.code()).isEqualTo(ContainerException.Code.NAME_TAKEN));
    engine.runtime().remove(first);
    engine.runtime().remove(first);
    assertThat(engine.runtime().inspect(first)).isEmpty();
  }

  @Test
  void everyStepMayBeRepeated() {
    var id = engine.runtime().create(engine.spec(EngineFixture.LIMITS, engine.workspace()));
    engine.runtime().start(id);
    engine.runtime().start(id);
    engine.runtime().pause(id);
    engine.runtime().pause(id);
    assertThatThrownBy(() ->
            engine
                .runtime()
                .startExec(
                    id,
                    new ExecSpec(List.of("true"), Map.of(), EngineFixture.users().provider()),
                    x -> {}))
        .isInstanceOfSatisfying(
            ContainerException.class,
            e -> assertThat(e.code()).isEqualTo(ContainerException.Code.PAUSED));
    engine.runtime().stop(id);
    engine.runtime().stop(id);
    assertThat(engine.runtime().inspect(id).orElseThrow().alive()).isFalse();
    engine.runtime().unpause(id);
    engine.runtime().start(id);
    assertThat(engine.runtime().inspect(id).orElseThrow().alive()).isTrue();
    engine.runtime().remove(id);
    engine.runtime().unpause(id);
    engine.runtime().stop(id);
    assertThatThrownBy(() -> engine.runtime().pause(id)).isInstanceOf(ContainerException.class);
  }

  @Test
  void anImageThatIsNotHereIsNamed() {
    assertThatThrownBy(() -> engine.runtime().resolveImage("nowhere.invalid/none:1"))
        .isInstanceOfSatisfying(
            ContainerException.class,
            e -> assertThat(e.code()).isEqualTo(ContainerException.Code.IMAGE_NOT_FOUND))
        .hasMessageContaining("nowhere.invalid/none:1");
    assertThat(engine.runtime().resolveImage(EngineFixture.IMAGE).id()).startsWith("sha256:");
  }
}
