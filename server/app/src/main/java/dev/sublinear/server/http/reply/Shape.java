package dev.sublinear.server.http.reply;

import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.Usage;
import dev.sublinear.server.http.reply.CompleteAnswer.Scored;
import java.util.List;
import java.util.stream.Stream;

/** How answers look on the wire. */
public interface Shape {

    /** All of them, as one body. */
    Object whole(List<CompleteAnswer> answers, Usage usage);

    /** Begins the events of an answer. */
    Events events(int index);

    /** The events that end a stream, once all answers are told. */
    List<Object> end(Usage usage);

    /** The events that end a stream in which something failed. */
    default List<Object> failed(ApiError error) {
        return List.of(error.body());
    }

    /** The events of one answer, in order. */
    interface Events {
        /** Before the first token; {@code prompt} as in {@link CompleteAnswer}. */
        Stream<Object> begin(List<Scored> prompt);

        /** A token has come, and with it more text. */
        List<Object> more(String text, List<Scored> tokens);

        /** A token has come whose text waits for the next. */
        default void silent() {}

        /** There is no more but this. */
        List<Object> end(String rest, List<Scored> tokens, FinishReason reason);
    }
}
