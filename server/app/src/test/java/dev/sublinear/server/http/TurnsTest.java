package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Row G19 of the threats: who has its turn on a thread that works for everybody. */
final class TurnsTest {
    private static final int MOST = 8;

    private final Turns turns = new Turns("turns", MOST);
    private final CountDownLatch busy = new CountDownLatch(1);
    private final CountDownLatch begun = new CountDownLatch(1);
    private final List<String> order = Collections.synchronizedList(new ArrayList<>());

    /** The thread works for somebody until {@link #freed}. */
    private void occupy() throws InterruptedException {
        turns.take("first", 1, () -> {
            begun.countDown();
            try {
                busy.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        begun.await();
    }

    private void take(String caller, long cost) {
        turns.take(caller, cost, () -> order.add(caller));
    }

    private List<String> freed(int count) {
        busy.countDown();
        await().until(() -> order.size() == count);
        return order;
    }

    @AfterEach
    void close() {
        turns.close();
    }

    @Test
    void g19_whoComesBehindMany_waitsForOneOfThem() throws InterruptedException {
        occupy();
        for (int i = 0; i < 5; i++) {
            take("many", 10);
        }
        take("one", 10);
        assertThat(freed(6)).containsExactly("many", "one", "many", "many", "many", "many");
    }

    @Test
    void g19_whoAsksForMuchAtOnce_getsNoMoreDone() throws InterruptedException {
        occupy();
        take("large", 30);
        take("large", 30);
        for (int i = 0; i < 4; i++) {
            take("small", 10);
        }
        assertThat(freed(6)).containsExactly("large", "small", "small", "small", "large", "small");
    }

    @Test
    void g19_whoComesBackAtOnce_hasNotSavedUpAnything() throws InterruptedException {
        occupy();
        take("a", 10);
        take("b", 10);
        take("b", 10);
        take("a", 10);
        take("c", 10);
        assertThat(freed(5)).containsExactly("a", "b", "c", "b", "a");
    }

    @Test
    void g19_turnsThatWait_areBoundedForEachAndLeaveRoomForOneMore() throws InterruptedException {
        occupy();
        for (int i = 0; i < MOST - 1; i++) {
            take("greedy", 1);
        }
        take("modest", 1);
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> take("greedy", 1));
        take("another", 1);
        assertThat(freed(MOST + 1)).contains("modest", "another");
        await().untilAsserted(() -> take("greedy", 1));
    }
}
