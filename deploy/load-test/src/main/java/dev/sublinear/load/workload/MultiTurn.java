package dev.sublinear.load.workload;

import dev.sublinear.load.workload.Ask.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * Chats that grow: each request is the one before, its answer and what the user says next. Conversations take turns, so
 * that the next request of one comes after requests of all others.
 */
public record MultiTurn(Prose prose, int turns, int messageTokens, int answerTokens) implements Workload {
    public MultiTurn {
        if (turns < 1) {
            throw new IllegalArgumentException("turns must be at least 1, was " + turns);
        }
    }

    @Override
    public String name() {
        return "chats of %d turns, messages of %d tokens, answers of %d".formatted(turns, messageTokens, answerTokens);
    }

    @Override
    public List<Ask> draw(int count, long seed, Function<Ask, Golden> alone) {
        Random random = new Random(seed);
        int conversations = (count + turns - 1) / turns;
        List<List<Message>> said = new ArrayList<>();
        for (int i = 0; i < conversations; i++) {
            said.add(new ArrayList<>());
        }
        List<Ask> asks = new ArrayList<>();
        for (int turn = 0; turn < turns; turn++) {
            for (List<Message> messages : said) {
                if (asks.size() == count) {
                    return List.copyOf(asks);
                }
                messages.add(
                        new Message("user", prose.text(random, messageTokens).strip()));
                Ask ask = Ask.chat(messages, answerTokens);
                asks.add(ask);
                if (turn < turns - 1) {
                    messages.add(new Message("assistant", alone.apply(ask).text()));
                }
            }
        }
        return List.copyOf(asks);
    }
}
