/**
 * Access to the files of a sandbox that no sandbox can turn against the host: system calls by the
 * foreign-function API, names as bytes, every path resolved beneath an open directory without
 * following a link.
 */
@NullMarked
package dev.berth.executor.linux;

import org.jspecify.annotations.NullMarked;
