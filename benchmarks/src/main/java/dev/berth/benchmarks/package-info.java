/** The programs behind docs/BENCHMARKS.md. */
@NullMarked
package dev.berth.benchmarks;

import org.jspecify.annotations.NullMarked;
