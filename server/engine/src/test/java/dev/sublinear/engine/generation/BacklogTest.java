package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sublinear.engine.generation.RejectedException.Reason;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class BacklogTest {
    private final Backlog backlog = new Backlog(2, 1000);

    @Test
    void enter_beyondTheRequestsOrTheTokens_isRefused() {
        backlog.enter("a", 600);
        assertThat(refusal(500)).hasMessage("requests of 600 tokens are waiting already, and this one may take 500");
        backlog.enter("a", 400);
        assertThat(refusal(1)).hasMessage("2 requests are waiting already");
        backlog.leave("a", 600);
        backlog.enter("a", 600);
        assertThat(backlog.tokens()).isEqualTo(1000);
    }

    @Test
    void enter_moreTokensThanTheLimit_isTakenIfNothingWaits() {
        backlog.enter("a", 5000);
        assertThat(backlog.requests()).isEqualTo(1);
    }

    @Test
    void g20_requestsOfOneTenant_leaveRoomForAnothers() {
        Backlog large = new Backlog(12, 1_000_000);
        for (int i = 0; i < 12; i++) {
            large.enter("greedy", 1);
        }
        for (int i = 0; i < 6; i++) {
            large.enter("modest", 1);
        }
        assertThat(refusal(large, "modest", 1)).hasMessage("18 requests are waiting already");
        large.enter("another", 1);
        assertThat(refusal(large, "greedy", 1)).hasMessage("19 requests are waiting already");
        for (int i = 0; i < 12; i++) {
            large.leave("greedy", 1);
        }
        large.enter("greedy", 1);
    }

    @Test
    void g20_tokensOfOneTenant_leaveRoomForAnothers() {
        Backlog large = new Backlog(12, 1000);
        large.enter("greedy", 1000);
        large.enter("modest", 300);
        large.enter("modest", 50);
        assertThat(refusal(large, "modest", 200))
                .hasMessage("requests of 1350 tokens are waiting already, and this one may take 200");
        large.enter("another", 5000);
    }

    @Test
    void retryAfter_isTheQueuedWorkAtTheMeasuredRate() {
        backlog.enter("a", 1000);
        assertThat(refusal(900).retryAfterSeconds()).as("nothing measured").isEqualTo(1);
        backlog.measured(100, TimeUnit.SECONDS.toNanos(1));
        assertThat(refusal(900).retryAfterSeconds()).isBetween(10, 13);
        for (int i = 0; i < 100; i++) {
            backlog.measured(1000, TimeUnit.SECONDS.toNanos(1));
        }
        assertThat(refusal(900).retryAfterSeconds()).isBetween(1, 2);
    }

    private RejectedException refusal(long cost) {
        return refusal(backlog, "a", cost);
    }

    private static RejectedException refusal(Backlog backlog, String tenant, long cost) {
        RejectedException refusal = catchThrowableOfType(RejectedException.class, () -> backlog.enter(tenant, cost));
        assertThat(refusal.reason()).isEqualTo(Reason.QUEUE_FULL);
        return refusal;
    }
}
