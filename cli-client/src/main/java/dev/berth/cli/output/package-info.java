/** How results, tables and progress are printed. */
@NullMarked
package dev.berth.cli.output;

import org.jspecify.annotations.NullMarked;
