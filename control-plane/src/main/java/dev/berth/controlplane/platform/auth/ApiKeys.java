package dev.berth.controlplane.platform.auth;

import dev.berth.common.Id.KeyId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.config.PrivateFiles;
import jakarta.inject.Singleton;
import java.nio.file.Path;

/** Makes API keys. */
@Singleton
public final class ApiKeys {
  private final CredentialRepository repository;
  private final IdSource ids;

  ApiKeys(CredentialRepository repository, IdSource ids) {
    this.repository = repository;
    this.ids = ids;
  }

  /** A new key of the project; only its hash is kept. */
  public String create(ProjectId project, String name, Role role) {
    String key = Credentials.generate(Principal.Kind.KEY);
    repository.insertKey(new KeyId(ids.next()), project, name, role, Credentials.hash(key));
    return key;
  }

  /**
   * Sees to it that the project has a key: where it has none, an ADMIN key is made and written to
   * {@code file} (0600). The file is written first and used again, so that a crash in between loses
   * no key. Call it in the transaction that locks the project.
   */
  public void ensureFirst(ProjectId project, Path file) {
    if (repository.hasKey(project)) {
      return;
    }
    String key =
        PrivateFiles.read(file)
            .filter(text -> Credentials.kind(text).filter(Principal.Kind.KEY::equals).isPresent())
            .orElse("");
    if (key.isEmpty()) {
      key = Credentials.generate(Principal.Kind.KEY);
      PrivateFiles.write(file, key + "\n");
    }
    repository.insertKey(
        new KeyId(ids.next()), project, "first start", Role.ADMIN, Credentials.hash(key));
  }
}
