package dev.sublinear.engine.constraint.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The types of JSON values, with the keywords about each. */
enum Types {
    NULL(Set.of()),
    BOOLEAN(Set.of()),
    INTEGER(NumberRules.KEYWORDS),
    NUMBER(NumberRules.KEYWORDS),
    STRING(StringRules.KEYWORDS),
    ARRAY(ArrayRules.KEYWORDS),
    OBJECT(ObjectRules.KEYWORDS);

    static final Set<Types> ALL = Set.of(NULL, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT);

    private static final String KEYWORD = "type";

    @SuppressWarnings("ImmutableEnumChecker") // made by Set.of
    private final Set<String> keywords;

    Types(Set<String> keywords) {
        this.keywords = keywords;
    }

    private String spelled() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether a keyword is {@code type} or about the values of one type. */
    static boolean asserts(Schema schema, String keyword) {
        return keyword.equals(KEYWORD)
                || EnumSet.allOf(Types.class).stream().anyMatch(type -> type.isLimitedBy(schema, keyword));
    }

    private boolean isLimitedBy(Schema schema, String keyword) {
        return keywords.contains(keyword)
                && !(keyword.equals(StringFormats.KEYWORD) && !StringFormats.isEnforced(schema));
    }

    private boolean isLimitedIn(Schema schema) {
        return keywords.stream().anyMatch(keyword -> schema.has(keyword) && isLimitedBy(schema, keyword));
    }

    /** Whether a schema allows any value of any type. */
    static boolean areAll(Schema schema) {
        Set<Types> types = of(schema);
        return types.equals(ALL) && types.stream().noneMatch(type -> type.isLimitedIn(schema));
    }

    /** Returns the types that a schema names, else those of its keywords, else all. */
    static Set<Types> of(Schema schema) {
        if (schema.has(KEYWORD)) {
            return named(schema.at(KEYWORD));
        }
        EnumSet<Types> implied = EnumSet.noneOf(Types.class);
        for (Types type : ALL) {
            if (type.isLimitedIn(schema)) {
                implied.add(type);
            }
        }
        return implied.isEmpty() ? ALL : implied;
    }

    private static Set<Types> named(Schema schema) {
        EnumSet<Types> named = EnumSet.noneOf(Types.class);
        if (schema.json().isArray()) {
            schema.json().forEach(name -> named.add(named(schema, name)));
        } else {
            named.add(named(schema, schema.json()));
        }
        if (named.isEmpty()) {
            throw schema.refuse("must name at least one type");
        }
        if (named.contains(NUMBER)) {
            named.remove(INTEGER);
        }
        return named;
    }

    private static Types named(Schema schema, JsonNode name) {
        for (Types type : values()) {
            if (name.isTextual() && type.spelled().equals(name.textValue())) {
                return type;
            }
        }
        throw schema.refuse("must be null, boolean, integer, number, string, array, object, or an array of these");
    }

    /** Whether a value is of one of these types. */
    static boolean contain(Set<Types> types, JsonNode value) {
        return types.contains(of(value))
                || (types.contains(INTEGER)
                        && value.isNumber()
                        && value.decimalValue().stripTrailingZeros().scale() <= 0);
    }

    /** Whether a value may be of a type on either side. */
    static boolean overlap(Set<Types> some, Set<Types> others) {
        return some.stream()
                .anyMatch(type -> others.contains(type)
                        || (type == INTEGER && others.contains(NUMBER))
                        || (type == NUMBER && others.contains(INTEGER)));
    }

    private static Types of(JsonNode value) {
        return switch (value.getNodeType()) {
            case NULL -> NULL;
            case BOOLEAN -> BOOLEAN;
            case NUMBER -> NUMBER;
            case STRING -> STRING;
            case ARRAY -> ARRAY;
            case OBJECT -> OBJECT;
            default -> throw new IllegalArgumentException("not a JSON value: " + value.getNodeType());
        };
    }
}
