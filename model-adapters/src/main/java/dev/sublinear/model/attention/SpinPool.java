package dev.sublinear.model.attention;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A pool for tasks of microseconds: its owner works on them too, beside helper threads, and takes what a late helper has not
 * begun. While the last tasks end it looks again and again before it sleeps. Owned by one thread.
 */
final class SpinPool implements AutoCloseable {
    private static final int LOOKS = 10_000; // some tens of microseconds: less than it takes to be woken

    private final ExecutorService helpers;

    /** @param members the owner and its helpers, at least 1 */
    SpinPool(int members) {
        this.helpers = Executors.newFixedThreadPool(Math.max(1, members - 1), body -> {
            Thread helper = new Thread(body, "sublinear-helper");
            helper.setDaemon(true);
            return helper;
        });
    }

    /** Runs for each number from 0 on. Two tasks may run at once, but never for the same member. */
    @FunctionalInterface
    interface Task {
        void run(int number, int member);
    }

    /**
     * Runs tasks on up to {@code members} threads, the calling one among them. Returns when all tasks have ended; the caller
     * sees what they have written.
     *
     * @throws java.util.concurrent.CompletionException if tasks failed, because of what the first threw
     */
    void run(int tasks, int members, Task task) {
        if (tasks == 0) {
            return;
        }
        Round round = new Round(tasks, task);
        for (int member = 1; member < Math.min(members, tasks); member++) {
            int helper = member;
            helpers.execute(() -> round.help(helper));
        }
        round.help(0);
        round.await();
    }

    @Override
    public void close() {
        helpers.shutdown();
    }

    private static final class Round {
        private final int tasks;
        private final Task task;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger left;
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final CompletableFuture<Void> end = new CompletableFuture<>();

        Round(int tasks, Task task) {
            this.tasks = tasks;
            this.task = task;
            this.left = new AtomicInteger(tasks);
        }

        void help(int member) {
            for (int number = next.getAndIncrement(); number < tasks; number = next.getAndIncrement()) {
                try {
                    task.run(number, member);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                }
                if (left.decrementAndGet() == 0) {
                    end();
                }
            }
        }

        private void end() {
            Throwable thrown = failure.get();
            if (thrown == null) {
                end.complete(null);
            } else {
                end.completeExceptionally(thrown);
            }
        }

        void await() {
            for (int look = 0; look < LOOKS && !end.isDone(); look++) {
                Thread.onSpinWait();
            }
            end.join();
        }
    }
}
