package dev.berth.controlplane;

import dev.berth.controlplane.platform.grpc.RequestValidator;
import dev.berth.v1.ListProjectsRequest;
import io.micronaut.context.annotation.Context;
import jakarta.annotation.PostConstruct;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads what is slow the first time while the start still waits for the database. */
@Context
final class WarmUp {
  private static final Logger log = LoggerFactory.getLogger(WarmUp.class);
  private final RequestValidator validator;

  WarmUp(RequestValidator validator) {
    this.validator = validator;
  }

  @PostConstruct
  void start() {
    Thread.ofVirtual()
        .name("warm-up")
        .start(() -> {
          log.debug("{}", DSL.using(SQLDialect.POSTGRES).selectOne());
          validator.check(ListProjectsRequest.newBuilder().setPageSize(1).build());
        });
  }
}
