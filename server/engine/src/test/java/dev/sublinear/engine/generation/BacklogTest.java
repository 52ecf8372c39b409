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
        backlog.enter(600);
        assertThat(refusal(500)).hasMessage("requests of 600 tokens are waiting already, and this one may take 500");
        backlog.enter(400);
        assertThat(refusal(1)).hasMessage("2 requests are waiting already");
        backlog.leave(600);
        backlog.enter(600);
        assertThat(backlog.tokens()).isEqualTo(1000);
    }

    @Test
    void enter_moreTokensThanTheLimit_isTakenIfNothingWaits() {
        backlog.enter(5000);
        assertThat(backlog.requests()).isEqualTo(1);
    }

    @Test
    void retryAfter_isTheQueuedWorkAtTheMeasuredRate() {
        backlog.enter(1000);
        assertThat(refusal(900).retryAfterSeconds()).as("nothing measured").isEqualTo(1);
        backlog.measured(100, TimeUnit.SECONDS.toNanos(1));
        assertThat(refusal(900).retryAfterSeconds()).isBetween(10, 13);
        for (int i = 0; i < 100; i++) {
            backlog.measured(1000, TimeUnit.SECONDS.toNanos(1));
        }
        assertThat(refusal(900).retryAfterSeconds()).isBetween(1, 2);
    }

    private RejectedException refusal(long cost) {
        RejectedException refusal = catchThrowableOfType(RejectedException.class, () -> backlog.enter(cost));
        assertThat(refusal.reason()).isEqualTo(Reason.QUEUE_FULL);
        return refusal;
    }
}
