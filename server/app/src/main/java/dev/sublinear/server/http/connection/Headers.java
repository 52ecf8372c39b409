package dev.sublinear.server.http.connection;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The header fields of a request. A name finds its field in any letter case. */
public final class Headers {
    private final HttpHeaders fields;

    Headers(HttpHeaders fields) {
        this.fields = fields;
    }

    public boolean contains(String name) {
        return fields.contains(name);
    }

    /** Returns the first value of a field, null if there is none. */
    @Nullable
    public String get(String name) {
        return fields.get(name);
    }

    /** Returns the first value of a field, or {@code otherwise} if there is none. */
    public String get(String name, String otherwise) {
        return fields.get(name, otherwise);
    }

    /** Returns the values of all fields of this name, in their order. */
    public List<String> all(String name) {
        return fields.getAll(name);
    }
}
