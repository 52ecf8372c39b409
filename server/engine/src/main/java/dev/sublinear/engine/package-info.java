/**
 * A language model inside a Java program.
 *
 * <pre>{@code
 * try (LocalModel model = LocalModel.open(ModelSource.parse("HuggingFaceTB/SmolLM2-135M-Instruct"), EngineSettings.DEFAULT)) {
 *     Answer answer = model.complete("Once upon").maxTokens(64).await();
 *     List<Answer> rows = model.completeAll(prompts, sampling);
 *     model.chat(messages).tools(tools).stream(token -> sink.emit(token.text()));
 * }
 * }</pre>
 *
 * <p>{@link dev.sublinear.engine.LocalModel} is the door; the packages below are what it opens: sources of models, settings,
 * chats, sampling, constraints and the engine's own generation.
 */
@NullMarked
package dev.sublinear.engine;

import org.jspecify.annotations.NullMarked;
