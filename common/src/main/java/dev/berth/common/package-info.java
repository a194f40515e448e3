/** What every part of Berth shares and that knows none of them: ids, retry, loops, channels. */
@NullMarked
package dev.berth.common;

import org.jspecify.annotations.NullMarked;
