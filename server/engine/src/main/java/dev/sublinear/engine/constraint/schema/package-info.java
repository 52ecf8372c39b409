/**
 * Compiles a JSON Schema to a grammar. {@link dev.sublinear.engine.constraint.schema.SchemaCompiler} chooses among the
 * keywords; the rules of objects, arrays, strings and numbers are a class each.
 */
@NullMarked
package dev.sublinear.engine.constraint.schema;

import org.jspecify.annotations.NullMarked;
