package dev.sublinear.server.http.reply;

import java.util.UUID;

/**
 * The fields that a reply and each event of its stream begin with.
 *
 * @param created seconds since 1970
 */
public record ReplyHead(String id, long created, String model) {
    public static ReplyHead begin(String prefix, String model) {
        return new ReplyHead(prefix + UUID.randomUUID(), System.currentTimeMillis() / 1000, model);
    }
}
