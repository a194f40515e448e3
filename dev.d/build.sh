# Builds the applications with the Maven wrapper, when a source is newer than the last build.
# shellcheck shell=bash

build_stamp=target/built

# classpath MODULE: the jars of an application, its own first.
classpath() { printf '%s' "$root/$1/target/berth-$1-0.1.0-SNAPSHOT.jar:$root/$1/target/lib/*"; }

# sources: what the applications are made of. Directories count too, so that a deleted file is noticed.
sources() {
  find pom.xml .mvn proto/pom.xml proto/berth {common,format,sql,control-plane,executor-agent,cli-client}/{pom.xml,src} "$@"
}

# run_java MODULE HEAP CLASS ARGUMENTS…: replaces the shell it runs in.
run_java() {
  local module=$1 heap=$2 class=$3 archived=()
  shift 3
  archive_options "$module"
  exec "$JAVA_HOME/bin/java" "-Xmx$heap" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow "${archived[@]}" -cp "$(classpath "$module")" "$class" "$@"
}

# archive MODULE: the classes it loads, as they lie in memory; a start from it takes half the processor time. One that
# fits no more is ignored by the JVM.
archive() { printf '%s' "$root/$1/target/classes.jsa"; }

# fits FILE MODULE: whether it was made from the module's jars. A build by Maven alone may have replaced them.
fits() { [ "$1" -nt "$root/$2/target/lib" ] && [ "$1" -nt "$root/$2/target/berth-$2-0.1.0-SNAPSHOT.jar" ]; }

# archive_options MODULE: sets `archived`. Where `keep_classes` is set and there is no archive, the JVM writes one as it ends.
archive_options() {
  local file
  file=$(archive "$1")
  if fits "$file" "$1"; then
    archived=("-XX:SharedArchiveFile=$file" -Xlog:cds=off -Xlog:aot=off)
  elif [ -n "${keep_classes:-}" ] && [ -w "$root/$1/target" ]; then
    archived=("-XX:ArchiveClassesAtExit=$file.part" -Xlog:cds=off -Xlog:aot=off)
  fi
}

# archive_written MODULE: its JVM has ended by itself.
archive_written() {
  local file
  file=$(archive "$1")
  if [ -s "$file.part" ]; then mv "$file.part" "$file"; fi
}

plane_class=dev.berth.controlplane.Application agent_class=dev.berth.executor.ExecutorAgent

build_up_to_date() {
  [ -e "$build_stamp" ] && [ -e cli-client/target/lib ] && [ -z "$(sources -newer "$build_stamp" -print -quit)" ]
}

build() {
  mkdir -p target
  touch "$build_stamp.next"
  rm -f "$client_cache"
  ./mvnw package -T 2 -pl control-plane,executor-agent,cli-client -am -Dmaven.test.skip=true
  mv "$build_stamp.next" "$build_stamp"
}

client_cache=$root/cli-client/target/berth.aot

# client_options: sets the options of the client's JVM. Start-up is what counts for a command that ends at once; Netty's
# flight recorder events alone would take a fifth of it.
client_options() {
  options=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Xmx128m -Xss512k -XX:+UseSerialGC
    -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Dio.grpc.netty.shaded.io.netty.jfr.enabled=false)
  if fits "$client_cache" cli-client; then options+=("-XX:AOTCache=$client_cache" -Xlog:aot=off -Xlog:cds=off); fi
}

# train_client: records what the client loads and links, so that it starts in a third of the time. Needs a control plane.
train_client() {
  if fits "$client_cache" cli-client; then return; fi
  rm -f "$client_cache"
  local options
  client_options
  "$JAVA_HOME/bin/java" "${options[@]}" "-XX:AOTCacheOutput=$client_cache.part" \
    -cp "$(classpath cli-client)" dev.berth.cli.Main run list && mv "$client_cache.part" "$client_cache"
}
