package dev.sublinear.server.http.connection;

import io.netty.channel.Channel;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Which addresses count as one client: whoever has one of IPv6 has all that share its first 64 bits (RFC 6177). */
final class Network {
    private static final int PREFIX_BYTES = 8;

    private Network() {}

    /** Returns what a client's network is called; empty for a connection without an address. */
    static String name(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress address
                ? of(address.getAddress()).getHostAddress()
                : "";
    }

    /** Returns the first address of a client's network; of IPv4 the address itself. */
    static InetAddress of(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, PREFIX_BYTES, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // it has the length of one
        }
    }
}
