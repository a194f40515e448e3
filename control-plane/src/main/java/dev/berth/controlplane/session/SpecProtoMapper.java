package dev.berth.controlplane.session;

import dev.berth.controlplane.manifest.ManifestProtoMapper;
import dev.berth.controlplane.platform.auth.Caller;
import jakarta.inject.Singleton;

/**
 * Reads the specs of requests: defaults applied, the manifest checked and what it brings stored.
 * Never in a transaction, since that calls the object store.
 */
@Singleton
public final class SpecProtoMapper {
  private final ManifestProtoMapper manifests;
  private final SessionDefaults defaults;

  SpecProtoMapper(ManifestProtoMapper manifests, SessionDefaults defaults) {
    this.manifests = manifests;
    this.defaults = defaults;
  }

  /**
   * @param field where the spec stands in the request, for errors
   */
  public SessionSpec resolve(Caller caller, dev.berth.v1.SessionSpec spec, String field) {
    return SessionProtoMapper.spec(spec, defaults.of(caller.projectId()))
        .withManifest(manifests.resolve(caller, spec.getManifest(), field + ".manifest"));
  }
}
