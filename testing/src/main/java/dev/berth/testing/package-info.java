/** Test support and the end-to-end suites. */
@NullMarked
package dev.berth.testing;

import org.jspecify.annotations.NullMarked;
