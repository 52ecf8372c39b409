package dev.sublinear.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.openai.Json;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SseStreamTest {
    private static final Duration STALL = Duration.ofSeconds(30);

    private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
    private final ChannelHandlerContext ctx = channel.pipeline().lastContext();
    private boolean ended;
    private int stalled;
    private int slow;
    private final SseStream stream = new SseStream(ctx, context(), new SseStream.Ending() {
        @Override
        public void complete(ChannelFuture last) {
            ended = true;
        }

        @Override
        public void broken(ChannelFuture last) {
            last.addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void stalled() {
            stalled++;
            ChannelFuture unused = channel.close();
        }
    });

    private ExchangeContext context() {
        ConnectionListener listener = new ConnectionListener() {
            @Override
            public void onReaderStalled() {
                slow++;
            }
        };
        HttpConfig.Timeouts usual = HttpConfig.Timeouts.DEFAULT;
        return new ExchangeContext(
                new HttpConfig.Timeouts(usual.header(), usual.body(), usual.idle(), STALL, usual.drain()),
                new InFlight(),
                AccessLog.open(new HttpConfig.AccessLog.Off(), listener),
                listener);
    }

    @AfterEach
    void close() {
        stream.abandon();
        channel.finishAndReleaseAll();
    }

    @Test
    void send_writableChannel_writesAtOnce() {
        stream.send("{\"a\":1}");
        assertThat(written()).isEqualTo("data: {\"a\":1}\n\n");
    }

    @Test
    void complete_open_writesDoneAndEnds() {
        stream.send(Json.write(SseStream.DONE));
        stream.complete();
        assertThat(written()).isEqualTo("data: [DONE]\n\n<end>");
        assertThat(ended).isTrue();
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void breakOff_open_endsWithoutDoneAndCloses() {
        stream.send("error");
        stream.breakOff();
        assertThat(written()).isEqualTo("data: error\n\n<end>");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void send_slowClient_waitsUntilTheSocketTakesMore() {
        writable(false);
        stream.send("1");
        stream.send("2");
        stream.complete();
        assertThat(written()).isEmpty();

        writable(true);
        stream.drain();

        assertThat(written()).isEqualTo("data: 1\n\ndata: 2\n\n<end>");
    }

    @Test
    void send_clientThatReadsNothing_isCutOffAfterTheStallTimeout() {
        writable(false);
        stream.send("1");
        later(STALL.minusSeconds(1));
        assertThat(channel.isOpen()).isTrue();
        later(Duration.ofSeconds(2));
        assertThat(channel.isOpen()).isFalse();
        assertThat(stalled).isEqualTo(1);
    }

    @Test
    void send_clientThatReadsNowAndThen_isNotCutOff() {
        writable(false);
        stream.send("1");
        for (int i = 0; i < 5; i++) {
            later(STALL.minusSeconds(1));
            writable(true);
            stream.drain();
            writable(false);
            stream.send("more");
        }
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void send_tooMuchForASlowClient_isSeenAndCanBeForgotten() {
        stream.send("x".repeat(200_000)); // the socket takes its first parts
        writable(false);
        String event = "x".repeat(1_000);
        for (int i = 0; i < 300; i++) {
            stream.send(event);
        }
        assertThat(stream.isTooFarBehind()).isTrue();

        stream.forget();
        stream.send("told");
        stream.breakOff();
        goOn();

        assertThat(slow).isEqualTo(1);
        assertThat(written()).isEqualTo("data: " + "x".repeat(200_000) + "\n\ndata: told\n\n<end>");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void send_eventsThatAreMadeLater_areMadeWhenTheSocketTakesThem() {
        writable(false);
        AtomicInteger made = new AtomicInteger();
        stream.send(
                7,
                () -> IntStream.range(0, 1_000)
                        .mapToObj(i -> SseStream.event("", made.incrementAndGet() + "x".repeat(9_999)))
                        .iterator());
        assertThat(made.get()).isLessThanOrEqualTo(1);

        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(32 << 10, 64 << 10));
        writable(true);
        stream.drain();
        assertThat(made.get()).as("of which one write's worth").isLessThan(100);
        stream.complete();
        goOn();

        assertThat(made).hasValue(1_000);
        assertThat(written()).hasSizeGreaterThan(10_000_000).endsWith("<end>");
        assertThat(ended).isTrue();
    }

    @Test
    void send_longEventWithCharactersOfAllLengths_arrivesWhole() {
        String event = "aä語\ud83d\ude00".repeat(10_000) + "\ud83d\ude00";
        for (String shifted : List.of(event, "x" + event, "xx" + event)) {
            stream.send(shifted);
            goOn();
            assertThat(written()).isEqualTo("data: " + shifted + "\n\n");
        }
    }

    @Test
    void send_eventThatCannotBeMade_endsTheStreamWithAnError() {
        stream.send(1, () -> {
            throw new IllegalStateException("a fault");
        });
        assertThat(written())
                .startsWith("data: {\"error\":")
                .contains("internal_error")
                .endsWith("<end>");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void complete_howeverMuchWaits_endsAfterIt() {
        writable(false);
        String event = "x".repeat(300_000);
        stream.send(event);
        stream.send("a", event);
        stream.send("", event);
        stream.complete();
        goOn();
        String data = "data: " + event + "\n\n";
        assertThat(written()).isEqualTo(data + "event: a\n" + data + data + "<end>");
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void open_nothingToSend_pings() {
        later(Duration.ofSeconds(16));
        assertThat(written()).isEqualTo(": ping\n\n");
    }

    @Test
    void send_afterTheEnd_isIgnored() {
        stream.complete();
        stream.send("late");
        stream.complete();
        assertThat(written()).isEqualTo("<end>");
    }

    /** The socket takes all that there is. */
    private void goOn() {
        writable(true);
        stream.drain();
        channel.runPendingTasks();
    }

    private void later(Duration time) {
        channel.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private void writable(boolean writable) {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
    }

    private String written() {
        StringBuilder text = new StringBuilder();
        for (HttpContent part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            ByteBuf bytes = part.content();
            text.append(bytes.toString(StandardCharsets.UTF_8));
            text.append(part instanceof LastHttpContent ? "<end>" : "");
            part.release();
        }
        return text.toString();
    }
}
