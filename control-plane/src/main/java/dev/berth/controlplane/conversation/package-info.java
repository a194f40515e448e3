/** Conversations: chains of runs that one provider carries on in one session. */
@NullMarked
package dev.berth.controlplane.conversation;

import org.jspecify.annotations.NullMarked;
