package dev.sublinear.langchain4j;

import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.sublinear.engine.Answer;
import dev.sublinear.engine.ChatCall;
import dev.sublinear.engine.OngoingAnswer;
import dev.sublinear.engine.Token;
import dev.sublinear.engine.chat.Said;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a handler of one answer. What the handler throws is told to it and changes nothing else, as LangChain4j wants it; what it
 * throws at that is logged.
 */
final class AnswerStream {
    private static final Logger LOG = LoggerFactory.getLogger(AnswerStream.class);

    private final StreamingChatResponseHandler handler;
    private int calls;

    AnswerStream(StreamingChatResponseHandler handler) {
        this.handler = handler;
    }

    /** Ends an answer whose handler has heard enough. */
    private static final class Handle implements StreamingHandle {
        private final OngoingAnswer answer;
        private volatile boolean cancelled;

        Handle(OngoingAnswer answer) {
            this.answer = answer;
        }

        @Override
        public void cancel() {
            cancelled = true;
            answer.cancel();
        }

        @Override
        public boolean isCancelled() {
            return cancelled;
        }
    }

    /** Begins the answer and tells of it on this thread, until it ends or is cancelled. */
    void tell(ChatCall call, Function<Answer, ChatResponse> response) {
        LinkedBlockingQueue<Optional<Token>> told = new LinkedBlockingQueue<>();
        try {
            OngoingAnswer answer = call.start(token -> told.add(Optional.of(token)));
            var unused = answer.future().whenComplete((all, failure) -> told.add(Optional.empty()));
            Handle handle = new Handle(answer);
            for (Optional<Token> next = take(told, answer); next.isPresent(); next = take(told, answer)) {
                tell(next.get(), handle);
            }
            if (!handle.isCancelled()) {
                ChatResponse whole = response.apply(answer.await());
                heard(() -> handler.onCompleteResponse(whole));
            }
        } catch (RuntimeException e) {
            fail(Failures.translated(e));
        }
    }

    /** An executor that ends interrupts its threads. */
    private static Optional<Token> take(LinkedBlockingQueue<Optional<Token>> told, OngoingAnswer answer) {
        try {
            return told.take();
        } catch (InterruptedException e) {
            answer.cancel();
            Thread.currentThread().interrupt();
            throw new LangChain4jException("the stream's thread was interrupted", e);
        }
    }

    private void tell(Token token, Handle handle) {
        if (!handle.isCancelled() && !token.thought().isEmpty()) {
            PartialThinking thought = new PartialThinking(token.thought());
            heard(() -> handler.onPartialThinking(thought, new PartialThinkingContext(handle)));
        }
        if (!handle.isCancelled() && !token.text().isEmpty()) {
            PartialResponse words = new PartialResponse(token.text());
            heard(() -> handler.onPartialResponse(words, new PartialResponseContext(handle)));
        }
        for (Said.Called called : token.calls()) {
            if (!handle.isCancelled()) {
                CompleteToolCall call = new CompleteToolCall(calls++, Responses.request(called));
                heard(() -> handler.onCompleteToolCall(call));
            }
        }
    }

    private void heard(Runnable telling) {
        try {
            telling.run();
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private void fail(RuntimeException failure) {
        try {
            handler.onError(failure);
        } catch (RuntimeException e) {
            LOG.warn("a handler failed at hearing of a failure", e);
        }
    }
}
