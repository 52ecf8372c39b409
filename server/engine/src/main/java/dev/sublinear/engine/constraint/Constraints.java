package dev.sublinear.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.engine.constraint.grammar.Grammar;
import dev.sublinear.engine.constraint.grammar.Node;
import dev.sublinear.engine.constraint.grammar.TokenTrie;
import dev.sublinear.engine.constraint.limits.CompileBudget;
import dev.sublinear.engine.constraint.limits.ConstraintLimits;
import dev.sublinear.engine.constraint.limits.TooLargeException;
import dev.sublinear.engine.constraint.schema.JsonGrammar;
import dev.sublinear.engine.constraint.schema.Schema;
import dev.sublinear.engine.constraint.schema.SchemaCompiler;
import dev.sublinear.engine.constraint.schema.SchemaException;
import dev.sublinear.engine.sampling.TokenConstraint;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Compiles constraints on answers for one vocabulary, and remembers the latest. Safe for use by several threads.
 * Compiling takes up to some tenths of a second, too long for an event loop.
 */
public final class Constraints {
    private final ControlTokens controls;
    private final TokenTrie vocabulary;
    private final ConstraintLimits limits;
    private final Executor executor;
    private final LinkedHashMap<String, TokenConstraint> latest; // guarded by itself

    /**
     * Constraints on the tokens of a model.
     *
     * @param pieces the bytes that each id adds to a text; none for control tokens
     * @param executor computes masks while the model computes logits; must not refuse
     */
    public Constraints(byte[][] pieces, Executor executor) {
        this(pieces, Map.of(), executor);
    }

    /**
     * Constraints on the tokens of a model, with control tokens.
     *
     * @param pieces the bytes that each id adds to a text; none for control tokens
     * @param controls ids of control tokens that an answer may have, by name
     * @param executor computes masks while the model computes logits; must not refuse
     */
    public Constraints(byte[][] pieces, Map<String, Integer> controls, Executor executor) {
        this(pieces, controls, executor, ConstraintLimits.DEFAULT);
    }

    Constraints(byte[][] pieces, Executor executor, ConstraintLimits limits) {
        this(pieces, Map.of(), executor, limits);
    }

    private Constraints(byte[][] pieces, Map<String, Integer> controls, Executor executor, ConstraintLimits limits) {
        this.controls = new ControlTokens(controls);
        this.vocabulary = new TokenTrie(this.controls.named(pieces));
        this.limits = limits;
        this.executor = executor;
        this.latest = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, TokenConstraint> eldest) {
                return size() > limits.schemas();
            }
        };
    }

    /** Any JSON object. */
    public TokenConstraint jsonObject() {
        return compiled("object", JsonGrammar::object);
    }

    /**
     * A JSON document that is valid by a schema.
     *
     * @throws SchemaException naming the first place that is wrong, not supported or too large
     */
    public TokenConstraint jsonSchema(JsonNode schema) {
        return compiled("schema " + schema, json -> SchemaCompiler.compile(new Schema(schema, ""), json));
    }

    /**
     * An answer of these parts.
     *
     * @throws SchemaException with a pointer that begins with that of the {@link Part.Json} at fault
     */
    public TokenConstraint answer(Part part) {
        return compiled("answer " + part, json -> part.in(new PartGrammar(json, controls)));
    }

    private TokenConstraint compiled(String key, Function<JsonGrammar, Node> compile) {
        synchronized (latest) {
            TokenConstraint known = latest.get(key);
            if (known != null) {
                return known;
            }
        }
        TokenConstraint made = compiled(compile);
        synchronized (latest) {
            latest.put(key, made);
        }
        return made;
    }

    private TokenConstraint compiled(Function<JsonGrammar, Node> compile) {
        try {
            Grammar grammar = new Grammar(new CompileBudget(limits));
            Node node = compile.apply(new JsonGrammar(grammar));
            grammar.settle();
            return new CompiledConstraint(SchemaCompiler.checked(node, grammar), vocabulary, limits, executor);
        } catch (TooLargeException e) {
            throw new SchemaException("", e.rule());
        }
    }

    /** The number of compiled schemas that are remembered. */
    int remembered() {
        synchronized (latest) {
            return latest.size();
        }
    }
}
