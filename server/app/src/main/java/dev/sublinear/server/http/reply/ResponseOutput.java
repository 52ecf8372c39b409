package dev.sublinear.server.http.reply;

import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.ChatResponse.TokenLogprob;
import dev.sublinear.server.http.openai.Response;
import dev.sublinear.server.http.openai.Response.Call;
import dev.sublinear.server.http.openai.Response.Item;
import dev.sublinear.server.http.openai.Response.Message;
import dev.sublinear.server.http.openai.Response.Reasoning;
import dev.sublinear.server.http.openai.Response.Text;
import dev.sublinear.server.http.openai.ResponseEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes items of a response from the model's thoughts, words and calls, and the events that announce them. Text is added
 * to the open item; text of another kind, or a call, closes it and opens the next.
 */
final class ResponseOutput {
    private static final String IN_PROGRESS = "in_progress";
    private static final String COMPLETED = "completed";
    private static final String INCOMPLETE = "incomplete";

    private final List<Item> items = new ArrayList<>();
    private final List<ResponseEvent> untold = new ArrayList<>();
    private int number;
    private @Nullable Open open;

    /** The two kinds of items that hold text. */
    private enum Kind {
        WORDS("msg_", "response.output_text") {
            @Override
            Item item(String id, String status, List<Text> content) {
                return Message.of(id, status, content);
            }

            @Override
            Text text(String text, List<TokenLogprob> logprobs) {
                return Text.said(text, logprobs);
            }
        },
        THOUGHT("rs_", "response.reasoning_text") {
            @Override
            Item item(String id, String status, List<Text> content) {
                return Reasoning.of(id, status, content);
            }

            @Override
            Text text(String text, List<TokenLogprob> logprobs) {
                return Text.thought(text);
            }
        };

        private final String prefix;
        private final String events;

        Kind(String prefix, String events) {
            this.prefix = prefix;
            this.events = events;
        }

        abstract Item item(String id, String status, List<Text> content);

        abstract Text text(String text, List<TokenLogprob> logprobs);
    }

    /** The item that text is being added to. */
    private record Open(Kind kind, String id, int place, StringBuilder text, List<TokenLogprob> logprobs) {
        Text content() {
            return kind.text(text.toString(), logprobs);
        }
    }

    /** The complete items. */
    List<Item> items() {
        return List.copyOf(items);
    }

    /** Returns the events since the last call. */
    List<Object> events() {
        List<Object> events = List.copyOf(untold);
        untold.clear();
        return events;
    }

    /** Adds an event with the response as it is now. */
    void tell(String type, Response response) {
        untold.add(new ResponseEvent.Whole(type, number++, response));
    }

    void tell(ApiError error) {
        ApiError.Detail detail = error.body().error();
        untold.add(new ResponseEvent.Failed("error", number++, detail.code(), detail.message(), detail.param()));
    }

    void think(String text) {
        write(Kind.THOUGHT, text, List.of());
    }

    void say(String text, List<TokenLogprob> logprobs) {
        write(Kind.WORDS, text, logprobs);
    }

    private void write(Kind kind, String text, List<TokenLogprob> logprobs) {
        Open to = open != null && open.kind() == kind ? open : open(kind);
        to.text().append(text);
        to.logprobs().addAll(logprobs);
        List<TokenLogprob> told = kind.text(text, logprobs).logprobs();
        untold.add(new ResponseEvent.Delta(kind.events + ".delta", number++, to.id(), to.place(), 0, text, told));
    }

    private Open open(Kind kind) {
        close(COMPLETED);
        Open begun = new Open(kind, id(kind.prefix), items.size(), new StringBuilder(), new ArrayList<>());
        open = begun;
        untold.add(
                itemEvent("response.output_item.added", begun.place(), kind.item(begun.id(), IN_PROGRESS, List.of())));
        untold.add(partEvent("response.content_part.added", begun));
        return begun;
    }

    private static String id(String prefix) {
        return prefix + UUID.randomUUID().toString().replace("-", "");
    }

    void call(String callId, String name, String arguments) {
        close(COMPLETED);
        int place = items.size();
        String id = id("fc_");
        untold.add(itemEvent("response.output_item.added", place, Call.of(id, callId, name, "", IN_PROGRESS)));
        String event = "response.function_call_arguments.";
        untold.add(new ResponseEvent.Arguments(event + "delta", number++, id, place, arguments));
        untold.add(new ResponseEvent.ArgumentsDone(event + "done", number++, id, place, name, arguments));
        add(Call.of(id, callId, name, arguments, COMPLETED));
    }

    /**
     * Closes the last item.
     *
     * @param isCut whether the answer was longer than the request allowed
     */
    void end(boolean isCut) {
        if (open == null && items.isEmpty()) {
            open(Kind.WORDS); // an empty answer is one item, too
        }
        close(isCut ? INCOMPLETE : COMPLETED);
    }

    private void close(String status) {
        if (open != null) {
            Open done = open;
            open = null;
            Text text = done.content();
            untold.add(new ResponseEvent.Done(
                    done.kind().events + ".done", number++, done.id(), done.place(), 0, text.text(), text.logprobs()));
            untold.add(partEvent("response.content_part.done", done));
            add(done.kind().item(done.id(), status, List.of(text)));
        }
    }

    private void add(Item item) {
        untold.add(itemEvent("response.output_item.done", items.size(), item));
        items.add(item);
    }

    private ResponseEvent itemEvent(String type, int place, Item item) {
        return new ResponseEvent.OfItem(type, number++, place, item);
    }

    private ResponseEvent partEvent(String type, Open of) {
        return new ResponseEvent.OfPart(type, number++, of.id(), of.place(), 0, of.content());
    }
}
