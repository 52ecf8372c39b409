package dev.sublinear.engine.constraint.schema;

import dev.sublinear.engine.constraint.regex.Patterns;
import dev.sublinear.engine.constraint.regex.Regex;
import java.util.Map;
import java.util.Optional;

/**
 * The formats of strings that are enforced, each as a pattern, where validators differ a narrower one that all accept.
 * Any other format is an annotation, as JSON Schema 2020-12 has it.
 */
final class StringFormats {
    static final String KEYWORD = "format";

    private static final String DATE =
            "([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
                    + "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)";
    private static final String TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?";
    private static final String OFFSET = "(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])";
    private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?";
    private static final String HOST = LABEL + "(\\." + LABEL + "){0,4}\\.[a-z]{2,12}";
    private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final String HEX4 = "[0-9a-f]{1,4}";

    private static final Map<String, String> PATTERNS = Map.of(
            "date", DATE,
            "time", TIME + OFFSET,
            "date-time", DATE + "T" + TIME + OFFSET,
            "duration", "P([0-9]{1,4}W|([0-9]{1,4}D)(T[0-9]{1,4}H([0-9]{1,4}M([0-9]{1,4}S)?)?)?|T[0-9]{1,4}[HMS])",
            "uuid", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "email", "[A-Za-z0-9_+-]{1,32}(\\.[A-Za-z0-9_+-]{1,16}){0,2}@" + HOST,
            "hostname", HOST,
            "ipv4", BYTE + "(\\." + BYTE + "){3}",
            "ipv6", "(" + HEX4 + ":){7}" + HEX4,
            "uri", "https?://" + HOST + "(/[A-Za-z0-9._~-]+)*/?(\\?[A-Za-z0-9._~=&-]+)?");

    private StringFormats() {}

    /** Whether a schema names a format that is enforced. */
    static boolean isEnforced(Schema schema) {
        return schema.text(KEYWORD).filter(PATTERNS::containsKey).isPresent();
    }

    /** Returns the pattern of a schema's format; empty if it has none or it is not enforced. */
    static Optional<Regex> of(Schema schema) {
        return schema.text(KEYWORD).map(PATTERNS::get).map(Patterns::parse);
    }
}
