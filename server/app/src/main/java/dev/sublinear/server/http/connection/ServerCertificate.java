package dev.sublinear.server.http.connection;

import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.server.config.HttpConfig;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLException;

/** This server's certificate and its key, from PEM files; it speaks TLS 1.2 and 1.3 by the JDK. */
public final class ServerCertificate {
    private final SslContext context;

    private ServerCertificate(SslContext context) {
        this.context = context;
    }

    /**
     * Reads the files.
     *
     * @throws ConfigException naming the files, if they are not a certificate and its key
     */
    public static ServerCertificate read(HttpConfig.Transport.Tls tls) {
        requireReadable("http.tls-certificate", tls.certificate());
        requireReadable("http.tls-key", tls.key());
        try {
            return new ServerCertificate(SslContextBuilder.forServer(
                            tls.certificate().toFile(), tls.key().toFile())
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .build());
        } catch (SSLException | IllegalArgumentException e) {
            throw new ConfigException(List.of("http.tls-certificate " + tls.certificate() + " and http.tls-key "
                    + tls.key() + " must be PEM: a certificate with its chain, and its key as unencrypted PKCS#8"));
        }
    }

    private static void requireReadable(String key, Path file) {
        if (!Files.isReadable(file)) {
            throw new ConfigException(List.of(key + " must be a file that can be read, was " + file));
        }
    }

    /** Returns the handler that encrypts one connection. */
    SslHandler newHandler(ByteBufAllocator allocator) {
        return context.newHandler(allocator);
    }
}
