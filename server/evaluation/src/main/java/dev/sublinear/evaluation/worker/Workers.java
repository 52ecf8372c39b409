package dev.sublinear.evaluation.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Threads that each load a model and take jobs from one queue. No result depends on which thread has which job. */
public final class Workers {
    private Workers() {}

    /**
     * A measurement to make.
     *
     * @param name for the progress bar
     * @param cost expected time, in any unit that all jobs share
     */
    public record Job(String name, double cost, Consumer<ModelsByPrecision> work) {}

    /** Listens to the progress of the jobs. */
    public interface Progress {
        Progress NONE = (done, total, what) -> {};

        /**
         * A job has ended.
         *
         * @param done cost of the jobs that have ended
         * @param total cost of all jobs
         * @param what name of the job
         */
        void at(double done, double total, String what);
    }

    /**
     * Does all jobs, started in their order.
     *
     * @param open loads the models of one thread, which closes them
     * @throws RuntimeException that a job has thrown; jobs that have not begun are dropped
     */
    public static void run(int threads, Supplier<ModelsByPrecision> open, List<Job> jobs, Progress progress) {
        Queue<Job> left = new ConcurrentLinkedQueue<>(jobs);
        Tally tally = new Tally(jobs.stream().mapToDouble(Job::cost).sum(), progress);
        ExecutorService pool = Executors.newFixedThreadPool(Math.max(1, Math.min(threads, jobs.size())));
        try {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < Math.min(threads, jobs.size()); i++) {
                workers.add(pool.submit(() -> work(open, left, tally)));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        } catch (ExecutionException e) {
            left.clear();
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            left.clear();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } finally {
            pool.shutdown();
        }
    }

    private static void work(Supplier<ModelsByPrecision> open, Queue<Job> left, Tally tally) {
        try (ModelsByPrecision models = open.get()) {
            for (Job job = left.poll(); job != null; job = left.poll()) {
                job.work().accept(models);
                tally.ended(job);
            }
        } catch (RuntimeException e) {
            left.clear();
            throw e;
        }
    }

    private static final class Tally {
        private final double total;
        private final Progress progress;
        private double done;

        Tally(double total, Progress progress) {
            this.total = total;
            this.progress = progress;
        }

        synchronized void ended(Job job) {
            done += job.cost();
            progress.at(done, total, job.name());
        }
    }
}
