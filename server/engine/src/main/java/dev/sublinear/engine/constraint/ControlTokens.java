package dev.sublinear.engine.constraint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The control tokens that an answer may have, each spelled in two bytes that no text has. */
final class ControlTokens {
    /** A byte that UTF-8 does not have. */
    static final int MARK = 0xff;

    private static final int MOST = 0x7f;

    private final Map<String, Integer> ids;
    private final List<String> names;

    /** @param ids of the tokens by name */
    ControlTokens(Map<String, Integer> ids) {
        if (ids.size() > MOST) {
            throw new IllegalArgumentException("at most " + MOST + " control tokens, was " + ids.size());
        }
        this.ids = new LinkedHashMap<>(ids);
        this.names = List.copyOf(this.ids.keySet());
    }

    /** Returns the bytes of a control token; empty if none has this name. */
    Optional<byte[]> spelling(String name) {
        int index = names.indexOf(name);
        return index < 0 ? Optional.empty() : Optional.of(new byte[] {(byte) MARK, (byte) index});
    }

    /** A vocabulary with bytes for these tokens, and without bytes for tokens that no text has. */
    byte[][] named(byte[][] pieces) {
        byte[][] named = pieces.clone();
        for (int id = 0; id < named.length; id++) {
            if (hasMark(named[id])) {
                named[id] = new byte[0];
            }
        }
        ids.forEach((name, id) -> named[id] = spelling(name).orElseThrow());
        return named;
    }

    private static boolean hasMark(byte[] piece) {
        for (byte b : piece) {
            if ((b & 0xff) == MARK) {
                return true;
            }
        }
        return false;
    }
}
