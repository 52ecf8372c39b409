package dev.sublinear.load.client;

import dev.sublinear.load.client.LoadClient.Listener;
import dev.sublinear.load.client.Outcome.Kind;
import dev.sublinear.load.workload.Asked;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.CharsetUtil;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One connection: a request at a time, and the stream that answers it. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel, and that is heard of
final class StreamHandler extends SimpleChannelInboundHandler<HttpObject> {
    private final LoadClient client;
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable Exchange exchange;

    StreamHandler(LoadClient client) {
        this.client = client;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
    }

    void send(Asked asked, long due, Listener listener) {
        ChannelHandlerContext to = Objects.requireNonNull(ctx);
        exchange = new Exchange(asked, due, listener);
        DefaultFullHttpRequest request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, HttpMethod.POST, asked.path(), Unpooled.wrappedBuffer(asked.body()));
        request.headers()
                .set(HttpHeaderNames.HOST, client.authority())
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CONTENT_LENGTH, asked.body().length);
        to.writeAndFlush(request, to.voidPromise());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
        Exchange current = exchange;
        if (current == null) {
            context.close(); // a reply that nobody asked for
            return;
        }
        if (message instanceof HttpResponse response) {
            current.begin(response);
        }
        if (message instanceof HttpContent content) {
            current.more(content.content());
        }
        if (message instanceof LastHttpContent) {
            exchange = null;
            if (current.keepAlive) {
                client.release(this);
            } else {
                context.close();
            }
            current.end();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail("the connection closed");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(cause.toString());
        context.close();
    }

    private void fail(String why) {
        client.forget(this);
        Exchange current = exchange;
        exchange = null;
        if (current != null) {
            current.fail(why + " after " + current.answer.text().length() + " characters");
        }
    }

    /** A request and what has come of its answer. */
    private static final class Exchange {
        private final Asked asked;
        private final long due;
        private final Listener listener;
        private final SseEvents events = new SseEvents();
        private final Delta answer = new Delta();
        private final StringBuilder otherBody = new StringBuilder();
        private int status;
        private boolean keepAlive;
        private boolean saysWhenToRetry;
        private boolean done;
        private long first;
        private long newest;
        private String malformed = "";

        Exchange(Asked asked, long due, Listener listener) {
            this.asked = asked;
            this.due = due;
            this.listener = listener;
            this.first = due;
            this.newest = due;
        }

        void begin(HttpResponse response) {
            status = response.status().code();
            keepAlive = HttpUtil.isKeepAlive(response);
            saysWhenToRetry = response.headers().contains(HttpHeaderNames.RETRY_AFTER);
        }

        void more(ByteBuf body) {
            if (status == 200) {
                events.accept(body, this::event);
            } else {
                otherBody.append(body.toString(CharsetUtil.UTF_8));
            }
        }

        private void event(byte[] bytes, int offset, int length) {
            if (bytes[offset] == '[') {
                done = true;
                return;
            }
            try {
                if (answer.add(bytes, offset, length)) {
                    long now = System.nanoTime();
                    boolean isFirst = newest == due;
                    listener.onToken(isFirst, now - newest);
                    first = isFirst ? now : first;
                    newest = now;
                }
            } catch (IOException e) {
                malformed = "an event is not JSON: " + new String(bytes, offset, length, CharsetUtil.UTF_8);
            }
        }

        void end() {
            if (status == 429 || status == 503) {
                String problem = saysWhenToRetry ? "" : "a " + status + " does not say when to retry";
                tell(saysWhenToRetry ? Kind.REFUSED : Kind.FAILED, problem);
            } else if (status != 200) {
                fail("status " + status + ": " + otherBody);
            } else if (!malformed.isEmpty()) {
                fail(malformed);
            } else if (!answer.error().isEmpty()) {
                fail("an error in the stream: " + answer.error());
            } else if (!done) {
                fail("the stream ended without [DONE]");
            } else {
                Optional<String> difference =
                        asked.golden().difference(answer.text(), answer.tokens(), answer.finish());
                tell(difference.isPresent() ? Kind.DIFFERS : Kind.COMPLETED, difference.orElse(""));
            }
        }

        void fail(String why) {
            tell(Kind.FAILED, why);
        }

        private void tell(Kind kind, String problem) {
            listener.onEnd(new Outcome(kind, due, first, System.nanoTime(), answer.tokens(), problem));
        }
    }
}
