package dev.sublinear.server.http.connection.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import java.util.List;

/**
 * Netty's decoder with our limits. It refuses a message that two readers could understand differently, because that is how
 * requests are smuggled, and counts the heads that are coming towards a limit of all of them: clients may send them slowly.
 */
public final class StrictRequestDecoder extends HttpRequestDecoder {
    /** Bytes of the first line, and of the line that begins a chunk. */
    public static final int MAX_LINE = 4096;

    /** Bytes of all headers. */
    public static final int MAX_HEADER_BYTES = 16_384;

    public static final int MAX_HEADERS = 100;

    private static final int MAX_CHUNK = 8192;

    private final HeadScanner scanner = new HeadScanner();
    private final Room room;
    private int scanned; // bytes from the reader's index on that the scanner has seen
    private int held; // of the memory for heads

    /** @param room for the heads of this client's requests */
    public StrictRequestDecoder(Room room) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_LINE)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxChunkSize(MAX_CHUNK)
                .setValidateHeaders(true)
                .setAllowDuplicateContentLengths(false)
                .setTrailersFactory(IgnoredTrailers.FACTORY)
                .setStrictLineParsing(true));
        this.room = room;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out) throws Exception {
        if (scanner.isRejected()) {
            buffer.skipBytes(buffer.readableBytes());
            return;
        }
        scan(buffer);
        if (scanner.isRejected()) {
            buffer.skipBytes(buffer.readableBytes());
            out.add(broken(
                    scanner.hasTooManyHeaders()
                            ? new TooLongHttpHeaderException()
                            : new IllegalArgumentException("head")));
            return;
        }
        if (!hold()) {
            scanner.reject();
            buffer.skipBytes(buffer.readableBytes());
            out.add(broken(new HeadsHeldException()));
            return;
        }
        int before = buffer.readerIndex();
        super.decode(ctx, buffer, out);
        scanned = Math.max(0, scanned - (buffer.readerIndex() - before));
        if (!out.isEmpty() && out.get(out.size() - 1) instanceof LastHttpContent) {
            scanner.reset();
            scanned = 0;
            free();
        }
    }

    /** Counts what of the head has come, and returns whether there is memory for it. */
    private boolean hold() {
        int more = scanner.weight() - held;
        if (more <= 0) {
            return true;
        }
        boolean fits = room.reserve(more);
        held += fits ? more : 0;
        return fits;
    }

    private void free() {
        room.free(held);
        held = 0;
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
        free();
        super.handlerRemoved0(ctx);
    }

    /** Memory that is counted. */
    public interface Room {
        /** Sets aside this number of bytes, and returns whether there are as many. */
        boolean reserve(int bytes);

        void free(int bytes);
    }

    /** The heads of this client's requests take all that it may have of the memory for them. */
    public static final class HeadsHeldException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private HeadsHeldException() {
            super("head", null, false, false);
        }
    }

    private void scan(ByteBuf buffer) {
        int unseen = buffer.readableBytes() - scanned;
        if (!scanner.isDone() && unseen > 0) {
            int last = buffer.forEachByte(buffer.readerIndex() + scanned, unseen, scanner);
            scanned = (last < 0 ? buffer.writerIndex() : last + 1) - buffer.readerIndex();
        }
    }

    private static HttpMessage broken(Exception why) {
        DefaultFullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/", Unpooled.EMPTY_BUFFER);
        request.setDecoderResult(DecoderResult.failure(why));
        return request;
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
    }
}
