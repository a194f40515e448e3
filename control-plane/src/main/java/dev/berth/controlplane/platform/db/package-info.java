/** The database: pool, transactions, migrations, its clock, notifications. */
@NullMarked
package dev.berth.controlplane.platform.db;

import org.jspecify.annotations.NullMarked;
