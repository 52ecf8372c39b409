package dev.sublinear.model.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

final class SpinPoolTest {
    private static final int MEMBERS = 4;

    @Test
    void run_manyRounds_doesEachTaskOnceAndShowsWhatItWrote() {
        try (SpinPool pool = new SpinPool(MEMBERS)) {
            for (int round = 0; round < 20_000; round++) {
                int tasks = round % 23;
                int[] written = new int[tasks];
                pool.run(tasks, MEMBERS, (number, member) -> written[number] += number + 1);
                for (int number = 0; number < tasks; number++) {
                    assertThat(written[number]).as("round %s", round).isEqualTo(number + 1);
                }
            }
        }
    }

    @Test
    void run_tasksOfOneMember_neverOverlap() {
        AtomicIntegerArray busy = new AtomicIntegerArray(MEMBERS);
        try (SpinPool pool = new SpinPool(MEMBERS)) {
            for (int round = 0; round < 2_000; round++) {
                pool.run(50, MEMBERS, (number, member) -> {
                    if (busy.incrementAndGet(member) != 1) {
                        throw new IllegalStateException("member " + member + " has two tasks");
                    }
                    busy.decrementAndGet(member);
                });
            }
        }
    }

    /** Each of two tasks waits for the other: one thread alone would never end. */
    @Test
    void run_withHelpers_runsTasksAtOnce() {
        CountDownLatch both = new CountDownLatch(2);
        boolean[] met = new boolean[2];
        try (SpinPool pool = new SpinPool(2)) {
            pool.run(2, 2, (number, member) -> {
                both.countDown();
                met[number] = meets(both);
            });
        }
        assertThat(met).containsOnly(true);
    }

    private static boolean meets(CountDownLatch both) {
        try {
            return both.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void run_alone_staysOnTheThreadThatAsks() {
        Thread asking = Thread.currentThread();
        try (SpinPool pool = new SpinPool(MEMBERS)) {
            pool.run(100, 1, (number, member) -> {
                assertThat(Thread.currentThread()).isSameAs(asking);
                assertThat(member).isZero();
            });
        }
    }

    @Test
    void run_taskThatFails_throwsItOnceAllHaveEnded() {
        AtomicIntegerArray done = new AtomicIntegerArray(40);
        IllegalStateException failure = new IllegalStateException("task 7");
        try (SpinPool pool = new SpinPool(MEMBERS)) {
            assertThatThrownBy(() -> pool.run(40, MEMBERS, (number, member) -> {
                        done.incrementAndGet(number);
                        if (number == 7) {
                            throw failure;
                        }
                    }))
                    .isInstanceOf(CompletionException.class)
                    .hasCause(failure);
            for (int number = 0; number < 40; number++) {
                assertThat(done.get(number)).as("task %s", number).isEqualTo(1);
            }
            int[] after = new int[1];
            pool.run(1, MEMBERS, (number, member) -> after[0]++);
            assertThat(after[0]).isEqualTo(1);
        }
    }

    @Test
    void run_onAnInterruptedThread_endsAllTasksAndStaysInterrupted() {
        int[] written = new int[64];
        try (SpinPool pool = new SpinPool(MEMBERS)) {
            Thread.currentThread().interrupt();
            pool.run(64, MEMBERS, (number, member) -> written[number]++);
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(written).containsOnly(1);
    }
}
