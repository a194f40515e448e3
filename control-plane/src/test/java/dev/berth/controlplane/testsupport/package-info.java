/**
 * What tests of the control plane share: a real PostgreSQL and object store, whole servers, a
 * clock.
 */
@NullMarked
package dev.berth.controlplane.testsupport;

import org.jspecify.annotations.NullMarked;
