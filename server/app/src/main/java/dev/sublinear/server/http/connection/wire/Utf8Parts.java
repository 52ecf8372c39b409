package dev.sublinear.server.http.connection.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.util.Iterator;

/** A text in UTF-8, in parts of whole characters that each have at most {@link PacedWriter#PART} bytes. */
public final class Utf8Parts implements Iterator<ByteBuf> {
    private static final int MAX_CHARS = PacedWriter.PART / ByteBufUtil.utf8MaxBytes(1);

    private final String text;
    private final ByteBufAllocator allocator;
    private int at;

    public Utf8Parts(String text, ByteBufAllocator allocator) {
        this.text = text;
        this.allocator = allocator;
    }

    @Override
    public boolean hasNext() {
        return at < text.length();
    }

    @Override
    public ByteBuf next() {
        int end = Math.min(text.length(), at + MAX_CHARS);
        if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        ByteBuf part = allocator.buffer(ByteBufUtil.utf8Bytes(text, at, end));
        ByteBufUtil.writeUtf8(part, text, at, end);
        at = end;
        return part;
    }
}
