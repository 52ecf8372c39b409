package dev.sublinear.engine;

import dev.sublinear.engine.generation.RejectedException;
import dev.sublinear.engine.generation.RejectedException.Reason;
import dev.sublinear.engine.settings.SchedulerSettings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/** Many calls, of which enough are begun at any time that the engine is never idle, and the queue is left to others. */
final class Batch {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final int most;

    Batch(SchedulerSettings settings) {
        this.most = Math.min(settings.queueLimit(), 2 * settings.maxRunning());
    }

    /** Returns the answers to calls for each of some questions, in their order. */
    <Q> List<Answer> answers(List<Q> questions, Function<Q, ? extends AnswerCall<?>> call) {
        List<Answer> answers = new ArrayList<>(questions.size());
        Deque<OngoingAnswer> ongoing = new ArrayDeque<>();
        try {
            for (Q question : questions) {
                if (ongoing.size() >= most) {
                    answers.add(ongoing.remove().await());
                }
                requireNotInterrupted();
                ongoing.add(started(call.apply(question), ongoing, answers));
            }
            while (!ongoing.isEmpty()) {
                answers.add(ongoing.remove().await());
                requireNotInterrupted();
            }
            return answers;
        } catch (RuntimeException e) {
            ongoing.forEach(OngoingAnswer::cancel);
            throw e;
        }
    }

    /** Answers that an interrupt has cancelled are not what was asked for. */
    private static void requireNotInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("the thread that waits for the answers was interrupted");
        }
    }

    /** Begins a call, if need be after earlier ones have ended: others may have filled the queue. */
    private static OngoingAnswer started(AnswerCall<?> call, Deque<OngoingAnswer> ongoing, List<Answer> answers) {
        while (true) {
            try {
                return call.start();
            } catch (RejectedException e) {
                if (e.reason() != Reason.QUEUE_FULL || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                if (ongoing.isEmpty()) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                } else {
                    answers.add(ongoing.remove().await());
                }
            }
        }
    }
}
