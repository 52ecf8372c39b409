package dev.sublinear.engine.chat;

import dev.sublinear.engine.generation.GenerationRequest;
import java.util.function.Supplier;

/**
 * A turn of a chat as the engine is asked for it.
 *
 * @param readers each finds what is thought, said and called in one answer
 */
public record PlannedTurn(GenerationRequest request, Supplier<AnswerReader> readers) {}
