/**
 * What an answer must look like, from a JSON Schema to the tokens that may come next.
 *
 * <pre>{@code
 * Constraints constraints = new Constraints(tokenizer.pieces().orElseThrow(), executor); // once for a model
 * TokenConstraint json = constraints.jsonObject();             // response_format: json_object
 * TokenConstraint valid = constraints.jsonSchema(schema);      // response_format: json_schema; SchemaException is a 400
 * TokenConstraint parts = constraints.answer(part);            // calls of tools, thoughts, or one of several
 * GenerationRequest.of(prompt, maxTokens, policy).with(valid)
 * }</pre>
 *
 * <p>A schema becomes a grammar over bytes ({@code SchemaCompiler}, {@code Node}) whose strings, numbers and literals are
 * finite automata ({@code Regex}, {@code NumberRange}, {@code Dfa}). A pushdown automaton that is made as it is needed
 * reads the grammar ({@code PushdownAutomaton}), and a walk over the vocabulary ({@code TokenTrie}) finds the tokens that
 * it can read. Each answer that is allowed can be completed to a valid document, and can end only where it is complete.
 * An answer that {@code max_tokens} cuts is not complete, and its finish reason is {@code length}. {@code README.md}
 * beside this file has an example that runs, and says what each package below this one knows.
 *
 * <h2>Which schemas</h2>
 *
 * {@code type} (one or several), {@code enum}, {@code const}, {@code anyOf}, {@code oneOf} whose branches plainly exclude
 * each other, {@code allOf} of one schema, {@code $ref} to a place in the same schema, also recursive;
 * {@code properties}, {@code required}, {@code additionalProperties}, {@code minProperties}, {@code maxProperties};
 * {@code items}, {@code prefixItems}, {@code minItems}, {@code maxItems}; {@code minLength}, {@code maxLength},
 * {@code pattern} (what is regular of ECMA-262), {@code format} (date, time, date-time, duration, uuid, email, hostname,
 * ipv4, ipv6, uri; int32 for integers); {@code minimum}, {@code maximum} and both exclusive ones, {@code multipleOf} for
 * integers. Where a schema does not speak of additional properties or items,
 * {@code unevaluatedProperties} and {@code unevaluatedItems} mean the same.
 *
 * <p>What decides which documents are valid and is not enforced is refused by name: {@code not}, {@code if} with
 * {@code then} or {@code else}, {@code contains}, {@code uniqueItems}, {@code patternProperties}, {@code propertyNames},
 * {@code dependentRequired}, {@code dependentSchemas}, {@code dependencies}, {@code $dynamicRef}, an {@code $id} below the
 * root ({@code Unsupported}). Every other keyword is an annotation, as JSON Schema 2020-12 says of keywords that are
 * not known: titles, examples, {@code discriminator}, other formats, all that begin with {@code x-}. So is OpenAPI's
 * {@code nullable}, which JSON Schema does not have: such a value is never null; for one that may be, use
 * {@code "type": ["string", "null"]} or {@code anyOf}. {@code strict} makes no difference: an answer is always valid.
 *
 * <p>Schemas may be nested 64 deep in each other: more than the ten levels of objects that OpenAI promises, also where each
 * is an array's item that may be null.
 *
 * <h2>Which documents</h2>
 *
 * Of the documents that a schema allows, those are generated that
 * <ul>
 *   <li>have properties in the order of {@code properties}, then others;
 *   <li>have no properties that are not declared, where {@code properties} is there and {@code additionalProperties} is
 *       not (as JSON Schema has it, they would be allowed);
 *   <li>have at most a space, or a new line and 20 spaces, between their parts, and nothing before and after;
 *   <li>write integers without point and exponent, and numbers with at most 15 digits before the point, 15 behind it and
 *       2 in the exponent, unless the schema's limits are wider; with limits, without exponent;
 *   <li>write literals, names and strings with a pattern or a format without needless escapes.
 * </ul>
 * Strings and arrays have no limit of their own: to cut them at a length that the schema does not state would make an
 * answer that is valid and wrong, while {@code max_tokens} makes one that says so.
 *
 * <h2>What it may cost</h2>
 *
 * Compiling is limited in states, parts and steps, and so is computing a mask; each schema remembers a limited number of
 * states and bytes of masks, and a limited number of schemas are remembered ({@code ConstraintLimits}). Masks are computed off the
 * engine's thread; an answer whose mask is not ready waits, the others do not.
 */
@NullMarked
package dev.sublinear.engine.constraint;

import org.jspecify.annotations.NullMarked;
