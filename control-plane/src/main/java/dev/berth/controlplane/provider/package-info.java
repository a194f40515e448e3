/** What providers of agent programs are asked, and what executors say that theirs take. */
@NullMarked
package dev.berth.controlplane.provider;

import org.jspecify.annotations.NullMarked;
