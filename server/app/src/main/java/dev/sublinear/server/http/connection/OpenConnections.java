package dev.sublinear.server.http.connection;

import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.Json;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the open connections, and turns away those beyond the limits. Owned by the event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // a client that is turned away may miss the reason
final class OpenConnections {
    private static final int RETRY_SECONDS = 1;

    private final HttpConfig.Limits limits;
    private final ConnectionListener listener;
    private final Map<InetAddress, Integer> byAddress = new HashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private final byte[] refusal;

    OpenConnections(HttpConfig.Limits limits, ConnectionListener listener) {
        this.limits = limits;
        this.listener = listener;
        this.refusal = refusal();
    }

    /** Returns the number of open connections. May be called by any thread. */
    int open() {
        return open.get();
    }

    /** Returns whether the channel may stay; one that may not gets a 503 and is closed. */
    boolean admit(Channel channel) {
        InetAddress address = Network.of(((InetSocketAddress) channel.remoteAddress()).getAddress());
        boolean fits = open.get() < limits.maxConnections()
                && byAddress.getOrDefault(address, 0) < limits.maxConnectionsPerAddress();
        if (!fits) {
            listener.onConnectionRefused();
            channel.writeAndFlush(Unpooled.wrappedBuffer(refusal)).addListener(ChannelFutureListener.CLOSE);
            return false;
        }
        open.incrementAndGet();
        byAddress.merge(address, 1, Integer::sum);
        channel.closeFuture().addListener(closed -> {
            open.decrementAndGet();
            byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
        });
        return true;
    }

    /** A whole reply in bytes: there is no pipeline yet that could encode one. */
    private static byte[] refusal() {
        ApiError error = ApiError.unavailable("server_overloaded", RETRY_SECONDS, "too many connections are open");
        String body = Json.write(error.body());
        return ("HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nconnection: close\r\nretry-after: "
                        + RETRY_SECONDS + "\r\ncontent-length: " + body.getBytes(StandardCharsets.UTF_8).length
                        + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.UTF_8);
    }
}
