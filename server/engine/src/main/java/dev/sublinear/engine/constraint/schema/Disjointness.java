package dev.sublinear.engine.constraint.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether no value fits two schemas, where that is plain to see: different types or literals, or objects that both
 * require a property with different literals. Then {@code oneOf} means the same as {@code anyOf}.
 */
final class Disjointness {
    private final References references;

    Disjointness(References references) {
        this.references = references;
    }

    /** @throws SchemaException if two schemas may fit the same value */
    void require(List<Schema> branches) {
        for (int i = 0; i < branches.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (!holds(branches.get(j), branches.get(i))) {
                    throw new SchemaException(
                            branches.get(i).pointer(),
                            "must differ from branch " + j + " in its type, its literals or a required property's"
                                    + " literals; or use anyOf");
                }
            }
        }
    }

    private boolean holds(Schema one, Schema other) {
        Schema a = references.resolved(one);
        Schema b = references.resolved(other);
        if (isOpaque(a) || isOpaque(b)) {
            return false;
        }
        if (a.hasAny(Literals.KEYWORDS) && b.hasAny(Literals.KEYWORDS)) {
            return haveNothingInCommon(Literals.of(a), Literals.of(b));
        }
        if (a.hasAny(Literals.KEYWORDS)) {
            return Literals.of(a).stream().noneMatch(value -> Types.contain(Types.of(b), value));
        }
        if (b.hasAny(Literals.KEYWORDS)) {
            return holds(b, a);
        }
        return !Types.overlap(Types.of(a), Types.of(b)) || areToldApartByAProperty(a, b);
    }

    private static boolean isOpaque(Schema schema) {
        return !schema.json().isObject() || schema.has("anyOf") || schema.has("oneOf") || schema.has("allOf");
    }

    private boolean areToldApartByAProperty(Schema a, Schema b) {
        Set<Types> objects = Set.of(Types.OBJECT);
        if (!Types.of(a).equals(objects) || !Types.of(b).equals(objects)) {
            return false;
        }
        Set<String> required = new HashSet<>(a.texts("required"));
        required.retainAll(b.texts("required"));
        return required.stream()
                .anyMatch(name -> areOtherLiterals(
                        a.at("properties").at(name), b.at("properties").at(name)));
    }

    private boolean areOtherLiterals(Schema one, Schema other) {
        Schema a = references.resolved(one);
        Schema b = references.resolved(other);
        return a.hasAny(Literals.KEYWORDS)
                && b.hasAny(Literals.KEYWORDS)
                && haveNothingInCommon(Literals.of(a), Literals.of(b));
    }

    private static boolean haveNothingInCommon(List<JsonNode> some, List<JsonNode> others) {
        return some.stream().noneMatch(value -> others.stream().anyMatch(other -> Literals.equal(value, other)));
    }
}
