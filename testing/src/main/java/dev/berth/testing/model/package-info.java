/**
 * A model server that plays scripts, for agent programs that are driven for real: Anthropic
 * Messages, OpenAI Responses and Chat Completions.
 */
@NullMarked
package dev.berth.testing.model;

import org.jspecify.annotations.NullMarked;
