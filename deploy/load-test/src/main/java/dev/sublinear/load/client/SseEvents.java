package dev.sublinear.load.client;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** Splits a body of server-sent events into the data of each, as its bytes come. Comments are left out. */
final class SseEvents {
    private static final byte[] DATA = {'d', 'a', 't', 'a', ':', ' '};

    private byte[] line = new byte[1024];
    private int length;

    /** Takes the data of an event; valid during the call. */
    interface Sink {
        void accept(byte[] bytes, int offset, int length);
    }

    void accept(ByteBuf body, Sink sink) {
        while (body.isReadable()) {
            int end = body.bytesBefore((byte) '\n');
            append(body, end < 0 ? body.readableBytes() : end);
            if (end >= 0) {
                body.skipBytes(1);
                tell(sink);
                length = 0;
            }
        }
    }

    private void append(ByteBuf body, int count) {
        if (length + count > line.length) {
            line = Arrays.copyOf(line, Math.max(2 * line.length, length + count));
        }
        body.readBytes(line, length, count);
        length += count;
    }

    private void tell(Sink sink) {
        if (length > DATA.length && Arrays.equals(line, 0, DATA.length, DATA, 0, DATA.length)) {
            sink.accept(line, DATA.length, length - DATA.length);
        }
    }
}
