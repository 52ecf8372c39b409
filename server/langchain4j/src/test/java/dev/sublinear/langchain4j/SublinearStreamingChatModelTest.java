package dev.sublinear.langchain4j;

import static dev.sublinear.langchain4j.Models.asking;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.sublinear.engine.LocalModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The cases of LangChain4j's AbstractStreamingChatModelIT, and what a stream that is cancelled leaves. */
final class SublinearStreamingChatModelTest extends ToolsAndSchemasContract {
    @Override
    ChatResponse chat(
            LocalModel local, ChatRequestParameters defaults, List<ChatModelListener> listeners, ChatRequest request) {
        Heard heard = new Heard();
        SublinearStreamingChatModel.builder(local)
                .defaultRequestParameters(defaults)
                .listeners(listeners)
                .build()
                .chat(request, heard);
        ChatResponse response = heard.await();
        assertThat(heard.text())
                .isEqualTo(Objects.requireNonNullElse(response.aiMessage().text(), ""));
        assertThat(heard.calls().stream().map(CompleteToolCall::toolExecutionRequest))
                .containsExactlyElementsOf(response.aiMessage().toolExecutionRequests());
        assertThat(heard.calls().stream().map(CompleteToolCall::index))
                .containsExactlyElementsOf(
                        IntStream.range(0, heard.calls().size()).boxed().toList());
        assertThat(heard.thought())
                .isEqualTo(Objects.requireNonNullElse(response.aiMessage().thinking(), ""));
        assertThat(heard.threads()).hasSize(1).doesNotContain(Thread.currentThread());
        return response;
    }

    @Test
    void partialResponses_areTokens() {
        try (LocalModel local = Models.stub("")) {
            Heard heard = new Heard();
            SublinearStreamingChatModel.of(local).chat(asking("Tell me", FIVE), heard);
            heard.await();
            assertThat(heard.pieces()).hasSize(5);
        }
    }

    @Test
    void whatAHandlerThrows_isToldToItAndItsListeners_andTheAnswerGoesOn() {
        RuntimeException mine = new IllegalStateException("mine");
        List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger listened = new AtomicInteger();
        ChatModelListener listener = new ChatModelListener() {
            @Override
            public void onError(ChatModelErrorContext context) {
                listened.incrementAndGet();
            }
        };
        CountDownLatch complete = new CountDownLatch(1);
        try (LocalModel local = Models.stub("")) {
            SublinearStreamingChatModel.builder(local)
                    .listeners(List.of(listener))
                    .build()
                    .chat(asking("Tell me", FIVE), new StreamingChatResponseHandler() {
                        @Override
                        public void onPartialResponse(String text) {
                            throw mine;
                        }

                        @Override
                        public void onCompleteResponse(ChatResponse whole) {
                            complete.countDown();
                            throw mine;
                        }

                        @Override
                        public void onError(Throwable error) {
                            errors.add(error);
                            throw new IllegalStateException("again");
                        }
                    });
            Awaitility.await().until(() -> errors.size() == 6);
        }
        assertThat(complete.getCount()).isZero();
        assertThat(errors).containsOnly(mine);
        assertThat(listened.get()).isEqualTo(6);
    }

    @Test
    void cancel_endsTheStreamAndLeavesNothingReserved() {
        Heard heard = new Heard();
        AtomicInteger pieces = new AtomicInteger();
        StreamingChatResponseHandler cancelling = new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                if (pieces.incrementAndGet() == 3) {
                    assertThat(context.streamingHandle().isCancelled()).isFalse();
                    context.streamingHandle().cancel();
                    assertThat(context.streamingHandle().isCancelled()).isTrue();
                }
            }

            @Override
            public void onCompleteResponse(ChatResponse whole) {
                heard.onCompleteResponse(whole);
            }

            @Override
            public void onError(Throwable error) {
                heard.onError(error);
            }
        };
        try (LocalModel local = Models.stub("tokens-per-second=200")) {
            ExecutorService one = Executors.newSingleThreadExecutor();
            SublinearStreamingChatModel model =
                    SublinearStreamingChatModel.builder(local).executor(one).build();
            for (int i = 1; i <= 4; i++) {
                pieces.set(0);
                model.chat(asking("Tell me"), cancelling);
                Awaitility.await().until(() -> pieces.get() > 0);
                Models.awaitIdle(local);
                assertThat(one.submit(pieces::get))
                        .succeedsWithin(Duration.ofMinutes(1))
                        .isEqualTo(3);
            }
            one.shutdown();
        }
        assertThat(heard.isOver()).isFalse();
    }

    @Test
    void cancel_fromAnotherThreadBetweenTokens_leavesNothingReserved() throws InterruptedException {
        List<PartialResponseContext> contexts = Collections.synchronizedList(new ArrayList<>());
        try (LocalModel local = Models.stub("tokens-per-second=1")) {
            SublinearStreamingChatModel.of(local).chat(asking("Tell me"), new StreamingChatResponseHandler() {
                @Override
                public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                    contexts.add(context);
                }

                @Override
                public void onCompleteResponse(ChatResponse whole) {
                    throw new AssertionError("complete");
                }

                @Override
                public void onError(Throwable error) {
                    throw new AssertionError(error);
                }
            });
            Awaitility.await().until(() -> !contexts.isEmpty());
            contexts.get(0).streamingHandle().cancel();
            Models.awaitIdle(local);
            assertThat(contexts).hasSizeLessThan(100);
        }
    }

    @Test
    void executorThatEnds_endsTheStreamWithAnError() {
        Heard heard = new Heard();
        try (LocalModel local = Models.stub("tokens-per-second=100")) {
            ExecutorService one = Executors.newSingleThreadExecutor();
            SublinearStreamingChatModel.builder(local).executor(one).build().chat(asking("Tell me"), heard);
            Awaitility.await().until(() -> local.engine().status().reservedBytes() > 0);
            one.shutdownNow();
            assertThatThrownBy(heard::await)
                    .isInstanceOf(LangChain4jException.class)
                    .hasMessage("the stream's thread was interrupted");
            Models.awaitIdle(local);
        }
    }
}
