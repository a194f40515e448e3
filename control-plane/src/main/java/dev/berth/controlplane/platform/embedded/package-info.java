/** PostgreSQL and an S3 server of our own, for installations that name none. */
@NullMarked
package dev.berth.controlplane.platform.embedded;

import org.jspecify.annotations.NullMarked;
