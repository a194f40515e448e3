/** {@code berth} commands that only show things: one class a service. */
@NullMarked
package dev.berth.cli.resource;

import org.jspecify.annotations.NullMarked;
