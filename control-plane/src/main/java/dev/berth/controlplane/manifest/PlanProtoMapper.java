package dev.berth.controlplane.manifest;

import dev.berth.v1.RestoreEntry;

/** Plans as the API shows them. */
public final class PlanProtoMapper {
  private PlanProtoMapper() {}

  public static RestoreEntry entry(RestorePlan.Entry entry) {
    return RestoreEntry.newBuilder()
        .setLayer(
            switch (entry.layer()) {
              case RUNTIME_IMAGE -> RestoreEntry.Layer.LAYER_RUNTIME_IMAGE;
              case SEEDS -> RestoreEntry.Layer.LAYER_SEEDS;
              case AGENT_DATA -> RestoreEntry.Layer.LAYER_AGENT_DATA;
              case WORKSPACE -> RestoreEntry.Layer.LAYER_WORKSPACE;
              case FIXUPS -> RestoreEntry.Layer.LAYER_FIXUPS;
            })
        .setAction(
            switch (entry.action()) {
              case WRITE -> RestoreEntry.Action.ACTION_WRITE;
              case KEEP -> RestoreEntry.Action.ACTION_KEEP;
              case REMOVE -> RestoreEntry.Action.ACTION_REMOVE;
              case REFUSE -> RestoreEntry.Action.ACTION_REFUSE;
              case CHECK -> RestoreEntry.Action.ACTION_CHECK;
            })
        .setPath(entry.path())
        .setFiles(entry.files())
        .setBytes(entry.bytes())
        .setDetail(entry.detail())
        .build();
  }
}
