package dev.sublinear.load.workload;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.load.workload.Ask.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * Chats that people had, of a file in ShareGPT's format: an array of {@code {"conversations": [{"from": "human", "value":
 * …}, {"from": "gpt", "value": …}, …]}}. Each gives its first question, and an answer as long as the one it had. Those
 * without both are left out, as vLLM does. The file is read entry by entry, so it may be larger than memory.
 *
 * @param charactersPerToken to tell an answer's length
 * @param mostTokens of an answer
 */
public record ShareGpt(Path file, double charactersPerToken, int mostTokens) implements Workload {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public String name() {
        return "ShareGPT: " + file.getFileName();
    }

    /**
     * Draws from the whole file, each of its chats equally likely.
     *
     * @throws LoadTestException naming the file and its entry, if it is not of this format
     */
    @Override
    public List<Ask> draw(int count, long seed, Function<Ask, Golden> alone) {
        Random random = new Random(seed);
        List<Ask> drawn = new ArrayList<>();
        int usable = 0;
        try (JsonParser parser = JSON.createParser(file.toFile())) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new LoadTestException(file + " must be a JSON array of conversations");
            }
            for (int entry = 0; next(parser, entry); entry++) {
                List<Ask> ask = ask(read(parser, entry), entry);
                if (!ask.isEmpty()) {
                    usable++;
                    keep(ask.get(0), drawn, count, random.nextInt(usable), usable);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (drawn.isEmpty()) {
            throw new LoadTestException(file + " has no conversation of a human's question and an answer");
        }
        return List.copyOf(drawn);
    }

    /** Vitter's algorithm R. */
    private static void keep(Ask ask, List<Ask> drawn, int count, int place, int usable) {
        if (usable <= count) {
            drawn.add(ask);
        } else if (place < count) {
            drawn.set(place, ask);
        }
    }

    private boolean next(JsonParser parser, int entry) throws IOException {
        try {
            JsonToken token = parser.nextToken();
            if (token == JsonToken.START_OBJECT) {
                return true;
            }
            if (token == JsonToken.END_ARRAY) {
                return false;
            }
            throw bad(entry, token == null ? "the file ends before its array does" : "must be an object");
        } catch (JsonProcessingException e) {
            throw bad(entry, e.getOriginalMessage());
        }
    }

    private JsonNode read(JsonParser parser, int entry) throws IOException {
        try {
            return JSON.readTree(parser);
        } catch (JsonProcessingException e) {
            throw bad(entry, e.getOriginalMessage());
        }
    }

    private LoadTestException bad(int entry, String why) {
        return new LoadTestException(file + ": entry " + entry + ": " + why);
    }

    private List<Ask> ask(JsonNode entry, int number) {
        JsonNode turns = entry.path("conversations");
        if (!turns.isArray()) {
            throw bad(number, "conversations must be an array");
        }
        for (JsonNode turn : turns) {
            if (!turn.path("from").isTextual() || !turn.path("value").isTextual()) {
                throw bad(number, "each of conversations must have texts from and value");
            }
        }
        if (turns.size() < 2 || !isHuman(turns.get(0)) || isHuman(turns.get(1))) {
            return List.of();
        }
        String question = turns.get(0).path("value").textValue();
        int answer = turns.get(1).path("value").textValue().length();
        if (question.isBlank() || answer == 0) {
            return List.of();
        }
        int tokens = (int) Math.max(1, Math.min(mostTokens, Math.round(answer / charactersPerToken)));
        return List.of(Ask.chat(List.of(new Message("user", question)), tokens));
    }

    private static boolean isHuman(JsonNode turn) {
        String from = turn.path("from").textValue();
        return from.equals("human") || from.equals("user");
    }
}
