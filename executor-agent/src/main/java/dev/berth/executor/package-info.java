/** The executor agent: runs workers on one host and reports what is. */
@NullMarked
package dev.berth.executor;

import org.jspecify.annotations.NullMarked;
