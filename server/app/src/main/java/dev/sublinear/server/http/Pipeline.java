package dev.sublinear.server.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What a connection's bytes pass through on their way to the routes. */
final class Pipeline extends ChannelInitializer<Channel> {
    private final int maxBody;
    private final Body.Memory bodies;
    private final Optional<Reloading<SslContext>> tls;
    private final Connections connections;
    private final Router router;
    private final Service service;

    Pipeline(
            int maxBody,
            Body.Memory bodies,
            Optional<Reloading<SslContext>> tls,
            Connections connections,
            Router router,
            Service service) {
        this.maxBody = maxBody;
        this.bodies = bodies;
        this.tls = tls;
        this.connections = connections;
        this.router = router;
        this.service = service;
    }

    @Override
    protected void initChannel(Channel channel) {
        if (!connections.admit(channel)) {
            return;
        }
        ChannelPipeline pipeline = channel.pipeline();
        tls.ifPresent(context -> {
            SslHandler handler = context.get().newHandler(channel.alloc());
            handler.setHandshakeTimeout(service.timeouts().header().toMillis(), TimeUnit.MILLISECONDS);
            pipeline.addLast(handler);
        });
        addHttp(pipeline);
    }

    /** All but the socket and its encryption. */
    void addHttp(ChannelPipeline pipeline) {
        pipeline.addLast(new Deadlines(service.timeouts()))
                .addLast(new StrictRequestDecoder())
                .addLast(new HttpResponseEncoder())
                .addLast(new OneAtATime())
                .addLast(new RequestCollector(maxBody, bodies))
                .addLast(new Connection(router, service));
    }
}
