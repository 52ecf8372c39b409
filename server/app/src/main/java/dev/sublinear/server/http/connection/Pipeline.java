package dev.sublinear.server.http.connection;

import dev.sublinear.server.http.connection.tls.ServerCertificate;
import dev.sublinear.server.http.connection.wire.ReplyEncoder;
import dev.sublinear.server.http.connection.wire.StrictRequestDecoder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The handlers that a connection's bytes pass through on their way to the routes, in order. */
final class Pipeline extends ChannelInitializer<Channel> {
    private final int maxBody;
    private final SharedMemory heads;
    private final SharedMemory bodies;
    private final Optional<Supplier<ServerCertificate>> certificate;
    private final OpenConnections connections;
    private final Entrance entrance;
    private final ExchangeContext context;

    /**
     * A pipeline for each connection.
     *
     * @param maxBody bytes of one request's body
     * @param heads for the heads of all connections' requests, while they come
     * @param bodies for their bodies
     * @param certificate the one in force at the moment; empty for plain HTTP
     */
    Pipeline(
            int maxBody,
            SharedMemory heads,
            SharedMemory bodies,
            Optional<Supplier<ServerCertificate>> certificate,
            OpenConnections connections,
            Entrance entrance,
            ExchangeContext context) {
        this.maxBody = maxBody;
        this.heads = heads;
        this.bodies = bodies;
        this.certificate = certificate;
        this.connections = connections;
        this.entrance = entrance;
        this.context = context;
    }

    @Override
    protected void initChannel(Channel channel) {
        if (!connections.admit(channel)) {
            return;
        }
        ChannelPipeline pipeline = channel.pipeline();
        certificate.ifPresent(inForce -> {
            SslHandler handler = inForce.get().newHandler(channel.alloc());
            handler.setHandshakeTimeout(context.timeouts().header().toMillis(), TimeUnit.MILLISECONDS);
            pipeline.addLast(handler);
        });
        addHttp(pipeline);
    }

    /** Adds all handlers but that of the encryption. */
    void addHttp(ChannelPipeline pipeline) {
        pipeline.addLast(new Deadlines(context.timeouts()))
                .addLast(new StrictRequestDecoder(heads.of(Network.name(pipeline.channel()))))
                .addLast(new ReplyEncoder())
                .addLast(new OneAtATime())
                .addLast(new RequestCollector(maxBody, bodies, entrance, context))
                .addLast(new RequestDispatcher(context));
    }
}
