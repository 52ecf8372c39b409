/**
 * Loads a running server and says what it carried. It is an open-loop client: requests go out when they are due, whether
 * or not earlier ones have been answered, and all times count from then.
 *
 * <p>{@link dev.sublinear.load.workload.Workload} draws requests, {@link dev.sublinear.load.client.Solo} has each answered alone for its
 * golden answer, a {@link dev.sublinear.load.run.Run} of a {@link dev.sublinear.load.run.Stage} sends them through the
 * {@link dev.sublinear.load.client.LoadClient} and tallies what becomes of them; a {@link dev.sublinear.load.profile.Profile} puts stages
 * together and leaves a {@link dev.sublinear.load.report.Report}.
 */
@NullMarked
package dev.sublinear.load;

import org.jspecify.annotations.NullMarked;
