/**
 * Context-free grammars whose terminals are finite automata, and the automaton that reads them.
 * {@link dev.sublinear.engine.constraint.grammar.Grammar} builds the
 * {@link dev.sublinear.engine.constraint.grammar.Node}s,
 * {@link dev.sublinear.engine.constraint.grammar.PushdownAutomaton} finds its states as it reads bytes, and
 * {@link dev.sublinear.engine.constraint.grammar.TokenTrie} walks a vocabulary for the tokens that can follow.
 */
@NullMarked
package dev.sublinear.engine.constraint.grammar;

import org.jspecify.annotations.NullMarked;
