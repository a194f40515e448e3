/** The Docker engine behind the container port. docker-java appears here and nowhere else. */
@NullMarked
package dev.berth.executor.container.docker;

import org.jspecify.annotations.NullMarked;
