package dev.sublinear.engine.constraint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;

/** Random schemas of what is supported, with some document each. */
final class RandomSchema {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> NAMES =
            List.of("name", "age", "tags", "a b", "caf\u00e9", "x\"y", "next", "0", "");
    private static final List<String> PATTERNS = List.of(
            "^[a-z]{1,8}$",
            "^(ab|cd)+$",
            "[0-9]",
            "^\\d{3}-\\w+$",
            "^[^\\s\"]{2,5}$",
            "^a.c$",
            "^(x|y\\\\z)*!$",
            "^\\S+$");
    // Without email: the validator knows which top-level domains exist.
    private static final List<String> FORMATS =
            List.of("date", "time", "date-time", "duration", "uuid", "hostname", "ipv4", "ipv6", "uri");

    private final Random random;
    private boolean recursive;

    RandomSchema(long seed) {
        this.random = new Random(seed);
    }

    /** A schema of an object, as clients send it. */
    ObjectNode root() {
        ObjectNode root = object(0);
        if (recursive) {
            ObjectNode node = root.putObject("$defs").putObject("node");
            node.put("type", "object").put("additionalProperties", false);
            ObjectNode properties = node.putObject("properties");
            properties.putObject("value").put("type", "integer");
            ArrayNode next = properties.putObject("next").putArray("anyOf");
            next.addObject().put("$ref", "#/$defs/node");
            next.addObject().put("type", "null");
            node.putArray("required").add("value").add("next");
        }
        return root;
    }

    private ObjectNode schema(int depth) {
        int kind = random.nextInt(depth > 2 ? 9 : 13);
        return switch (kind) {
            case 0 -> JSON.createObjectNode().put("type", "boolean");
            case 1 -> number("integer");
            case 2 -> number("number");
            case 3, 4 -> string();
            case 5 -> literals();
            case 6 -> nullable();
            case 7 -> reference();
            case 8 ->
                JSON.createObjectNode().put("title", "anything").put("type", random.nextBoolean() ? "null" : "string");
            case 9 -> array(depth);
            case 10 -> either(depth);
            case 11 -> disjoint(depth);
            default -> object(depth);
        };
    }

    private ObjectNode number(String type) {
        ObjectNode schema = JSON.createObjectNode().put("type", type);
        int low = random.nextInt(2_001) - 1_000;
        double step = type.equals("integer") ? 1 : 0.25;
        if (random.nextBoolean()) {
            schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low * step);
        }
        if (random.nextBoolean()) {
            schema.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", (low + 7 + random.nextInt(500)) * step);
        }
        if (type.equals("integer") && random.nextInt(4) == 0) {
            schema.put("multipleOf", 1 + random.nextInt(7));
        }
        return schema;
    }

    private ObjectNode string() {
        ObjectNode schema = JSON.createObjectNode().put("type", "string");
        switch (random.nextInt(4)) {
            case 0 -> schema.put("pattern", PATTERNS.get(random.nextInt(PATTERNS.size())));
            case 1 -> schema.put("format", FORMATS.get(random.nextInt(FORMATS.size())));
            case 2 -> {
                int least = random.nextInt(6);
                schema.put("minLength", least).put("maxLength", least + random.nextInt(12));
            }
            default -> schema.put("description", "any text");
        }
        return schema;
    }

    private ObjectNode literals() {
        ObjectNode schema = JSON.createObjectNode();
        if (random.nextBoolean()) {
            schema.put("const", random.nextBoolean() ? "only\n\u732b" : "");
        } else {
            ArrayNode values = schema.putArray("enum");
            values.add("red").add("re\"d").add(7).add(1.5).add(true).addNull().add("\ud83d\ude00");
            values.addArray().add(1).add("x");
            values.addObject().put("k", 1).put("l", "m");
        }
        return schema;
    }

    private ObjectNode nullable() {
        ObjectNode schema = JSON.createObjectNode();
        schema.putArray("type").add("null").add("string").add("integer");
        return schema.put("maxLength", 8).put("minimum", -5);
    }

    private ObjectNode reference() {
        recursive = true;
        return JSON.createObjectNode().put("$ref", "#/$defs/node");
    }

    private ObjectNode array(int depth) {
        ObjectNode schema = JSON.createObjectNode().put("type", "array");
        int least = random.nextInt(3);
        if (random.nextInt(3) == 0) {
            schema.putArray("prefixItems").add(schema(depth + 1)).add(schema(depth + 1));
            schema.put("items", false).put("minItems", least);
        } else {
            schema.set("items", schema(depth + 1));
            schema.put("minItems", least).put("maxItems", least + random.nextInt(3));
        }
        return schema;
    }

    private ObjectNode either(int depth) {
        ObjectNode schema = JSON.createObjectNode();
        schema.putArray("anyOf").add(schema(depth + 1)).add(schema(depth + 1));
        return schema;
    }

    private ObjectNode disjoint(int depth) {
        ObjectNode schema = JSON.createObjectNode();
        ArrayNode branches = schema.putArray("oneOf");
        for (String kind : List.of("cat", "dog")) {
            ObjectNode branch = branches.addObject().put("type", "object");
            ObjectNode properties = branch.putObject("properties");
            properties.putObject("kind").put("const", kind);
            properties.set("of", schema(depth + 1));
            branch.putArray("required").add("kind");
            branch.put("additionalProperties", false);
        }
        branches.add(number("integer"));
        return schema;
    }

    private ObjectNode object(int depth) {
        ObjectNode schema = JSON.createObjectNode().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = schema.putArray("required");
        for (String name : NAMES) {
            if (random.nextInt(3) == 0) {
                properties.set(name, schema(depth + 1));
                if (random.nextInt(3) > 0) {
                    required.add(name);
                }
            }
        }
        switch (random.nextInt(4)) {
            case 0 -> schema.set("additionalProperties", schema(depth + 1));
            case 1 -> schema.put("maxProperties", properties.size() + 1).put("additionalProperties", true);
            case 2 -> schema.put("description", "others are allowed, but none will come");
            default -> schema.put("additionalProperties", false);
        }
        return schema;
    }
}
