/**
 * The command line client: {@code berth}. Commands mirror the names of the API's services and
 * methods.
 */
@NullMarked
package dev.berth.cli;

import org.jspecify.annotations.NullMarked;
