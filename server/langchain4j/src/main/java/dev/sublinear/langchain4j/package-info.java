/**
 * LangChain4j's chat models over a {@link dev.sublinear.engine.LocalModel}, which they borrow: who opened it closes it.
 *
 * <pre>{@code
 * try (LocalModel local = LocalModel.open(ModelSource.parse("HuggingFaceTB/SmolLM2-135M-Instruct"), EngineSettings.DEFAULT)) {
 *     ChatModel model = SublinearChatModel.of(local);
 *     System.out.println(model.chat("What is the capital city of France? Answer in one sentence."));
 * }
 * }</pre>
 *
 * <p>What a request asks for reaches the model or is refused by name; nothing is dropped. What the engine knows beyond
 * LangChain4j's own parameters is in {@link dev.sublinear.langchain4j.SublinearChatRequestParameters}, and what it tells of an
 * answer in {@link dev.sublinear.langchain4j.SublinearChatResponseMetadata}.
 */
@NullMarked
package dev.sublinear.langchain4j;

import org.jspecify.annotations.NullMarked;
