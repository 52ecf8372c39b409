/**
 * Finite automata over bytes. {@link dev.sublinear.engine.constraint.automaton.Nfa} is written state by state and made
 * deterministic, {@link dev.sublinear.engine.constraint.automaton.ByteMachine} computes its states, and
 * {@link dev.sublinear.engine.constraint.automaton.Dfa} is the table of either.
 * {@link dev.sublinear.engine.constraint.automaton.Spelling} writes the characters of a JSON string as bytes.
 */
@NullMarked
package dev.sublinear.engine.constraint.automaton;

import org.jspecify.annotations.NullMarked;
