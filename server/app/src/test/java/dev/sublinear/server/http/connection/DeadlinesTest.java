package dev.sublinear.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.config.HttpConfig;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Row H6 of the threats: connections that stay open and send nothing. */
final class DeadlinesTest {
    @Test
    void h6_connectionThatIdlesAfterAReply_isClosed() {
        HttpConfig.Timeouts timeouts = HttpConfig.Timeouts.DEFAULT;
        EmbeddedChannel channel = new EmbeddedChannel(new Deadlines(timeouts));
        channel.freezeTime();
        channel.writeInbound(Unpooled.copyInt(1));
        channel.pipeline().fireUserEventTriggered(ConnectionEvent.HEAD_READ);
        channel.pipeline().fireUserEventTriggered(ConnectionEvent.REQUEST_READ);
        advance(channel, timeouts.idle().multipliedBy(10)); // the reply takes its time
        assertThat(channel.isOpen()).isTrue();

        channel.pipeline().fireUserEventTriggered(ConnectionEvent.REPLY_WRITTEN);
        advance(channel, timeouts.idle().minusSeconds(1));
        assertThat(channel.isOpen()).isTrue();
        advance(channel, Duration.ofSeconds(1));
        assertThat(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }

    private static void advance(EmbeddedChannel channel, Duration time) {
        channel.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }
}
