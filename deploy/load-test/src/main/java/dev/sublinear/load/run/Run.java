package dev.sublinear.load.run;

import dev.sublinear.load.client.LoadClient;
import dev.sublinear.load.client.LoadClient.Listener;
import dev.sublinear.load.client.Outcome;
import dev.sublinear.load.client.Outcome.Kind;
import dev.sublinear.load.workload.Asked;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends a stage's requests and tallies what becomes of them; all of it on the client's event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails completes the result
public final class Run {
    /** What a closed loop waits after a refusal. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final LoadClient client;
    private final Stage stage;
    private final Duration patience;
    private final Tally tally;
    private final Random random;
    private final CompletableFuture<Tally.Counts> result = new CompletableFuture<>();
    private long next;
    private int inFlight;
    private long sending; // until then; for Extent.Requests, how many are left
    private boolean sent;
    private @Nullable ScheduledFuture<?> givingUp;

    private Run(LoadClient client, Stage stage, Duration patience) {
        this.client = client;
        this.stage = stage;
        this.patience = patience;
        this.tally = new Tally(stage.slo());
        this.random = new Random(stage.seed());
    }

    /**
     * Runs a stage and returns once all its requests have ended.
     *
     * @param patience for those that have not when the last is sent
     */
    public static Tally.Counts of(LoadClient client, Stage stage, Duration patience) {
        Run run = new Run(client, stage, patience);
        run.later(run::begin, 0);
        return run.result.join();
    }

    private ScheduledFuture<?> later(Runnable task, long nanos) {
        return client.loop()
                .schedule(
                        () -> {
                            try {
                                task.run();
                            } catch (RuntimeException e) {
                                result.completeExceptionally(e);
                            }
                        },
                        nanos,
                        TimeUnit.NANOSECONDS);
    }

    private void begin() {
        long now = System.nanoTime();
        if (stage.extent() instanceof Extent.Lasting lasting) {
            long from = now + lasting.warmUp().toNanos();
            sending = from + lasting.measured().toNanos();
            tally.window(from, sending);
            later(this::lastSent, sending - now);
        } else {
            sending = ((Extent.Requests) stage.extent()).count();
            tally.window(now, now + TimeUnit.DAYS.toNanos(1));
        }
        if (stage.load() instanceof Load.Open open) {
            arrive(open.arrivals(), now);
        } else {
            int streams = ((Load.Closed) stage.load()).streams();
            for (int i = 0; i < streams; i++) {
                goOn();
            }
        }
    }

    /** Whether one more is to be sent; counts it. */
    private boolean takesOne(long now) {
        if (sent) {
            return false;
        }
        if (stage.extent() instanceof Extent.Lasting) {
            return now - sending < 0;
        }
        if (sending == 0) {
            lastSent();
            return false;
        }
        sending--;
        return true;
    }

    /** Sends all that are due, and sleeps until the next is. */
    private void arrive(Arrivals arrivals, long firstDue) {
        long due = firstDue;
        while (due - System.nanoTime() <= 0) {
            if (!takesOne(due)) {
                return;
            }
            send(due);
            due += arrivals.nextGap(random);
        }
        long nextDue = due;
        later(() -> arrive(arrivals, nextDue), due - System.nanoTime());
    }

    /** A stream of a closed loop sends its next. */
    private void goOn() {
        long now = System.nanoTime();
        if (takesOne(now)) {
            send(now);
        }
    }

    private void send(long due) {
        Asked asked = stage.asked().get((int) (next++ % stage.asked().size()));
        long now = System.nanoTime();
        boolean went = client.send(asked, due, new Listener() {
            @Override
            public void onToken(boolean first, long nanos) {
                tally.token(first, nanos, System.nanoTime());
            }

            @Override
            public void onEnd(Outcome outcome) {
                ended(outcome);
            }
        });
        if (went) {
            inFlight++;
            tally.sent(due, now);
        } else {
            tally.dropped(due);
        }
    }

    private void ended(Outcome outcome) {
        inFlight--;
        tally.ended(outcome);
        if (stage.load() instanceof Load.Closed) {
            // In either case not within the reply, whose connection is not free yet.
            later(this::goOn, outcome.kind() == Kind.COMPLETED ? 0 : PAUSE_NANOS);
        }
        if (sent) {
            completeWhenIdle();
        }
    }

    private void lastSent() {
        if (!sent) {
            sent = true;
            givingUp = later(this::giveUp, patience.toNanos());
            completeWhenIdle();
        }
    }

    private void completeWhenIdle() {
        if (inFlight == 0) {
            complete();
        }
    }

    private void giveUp() {
        tally.unended(inFlight);
        complete();
    }

    private void complete() {
        long now = System.nanoTime();
        if (givingUp != null) {
            givingUp.cancel(false);
        }
        double seconds;
        if (stage.extent() instanceof Extent.Lasting lasting) {
            seconds = lasting.measured().toNanos() / 1e9;
        } else {
            tally.close(now);
            seconds = (now - tally.begin()) / 1e9;
        }
        result.complete(tally.counts(seconds));
    }
}
