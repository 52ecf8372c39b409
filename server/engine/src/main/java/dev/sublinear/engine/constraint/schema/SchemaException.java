package dev.sublinear.engine.constraint.schema;

/** A schema that is malformed, uses what is not supported, or is too large. */
public final class SchemaException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String pointer;
    private final String rule;

    public SchemaException(String pointer, String rule) {
        this.pointer = pointer;
        this.rule = rule;
    }

    /** The place and what is wrong there, such as {@code /properties/age/minimum must be a number, was "5"}. */
    @Override
    public String getMessage() {
        return (pointer.isEmpty() ? "the schema" : pointer) + " " + rule;
    }

    /** The place in the schema, as a JSON pointer; empty for the whole. */
    public String pointer() {
        return pointer;
    }

    /** What is wrong there. */
    public String rule() {
        return rule;
    }
}
