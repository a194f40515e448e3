/** The schema: Flyway migrations and the jOOQ classes generated from them. */
@NullMarked
package dev.berth.sql;

import org.jspecify.annotations.NullMarked;
