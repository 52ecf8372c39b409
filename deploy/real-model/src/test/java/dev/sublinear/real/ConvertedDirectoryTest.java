package dev.sublinear.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The GGUF and the directories that gguf-py's arithmetic makes of it are one model. */
@Tag("slow")
final class ConvertedDirectoryTest {
    /** Of the greatest logit: weights of 30 layers, each rounded to 11 bits, were up to 0.0011 of it apart. */
    private static final double FLOAT16 = 3e-3;

    private static Checkpoint converted(String numbers) {
        return HuggingFaceCheckpoint.open(RealModel.converted(numbers));
    }

    @Test
    void encode_textsAndChats_givesTheSameIds() {
        try (Checkpoint directory = converted("float16");
                Checkpoint file = RealModel.open();
                Tokenizer ofDirectory = Tokenizer.open(directory);
                Tokenizer ofFile = Tokenizer.open(file)) {
            for (JsonNode entry : RealModel.entries("tokens.json")) {
                String text = entry.get("text").textValue();
                assertThat(ofFile.encode(text)).as(text).isEqualTo(ofDirectory.encode(text));
                assertThat(ofFile.encodePrompt(text)).as(text).isEqualTo(ofDirectory.encodePrompt(text));
            }
            List<Message> chat = List.of(Message.of(Role.USER, "5 apples"));
            assertThat(ChatTemplate.of(file, ofFile).encode(chat, List.of(), true))
                    .isEqualTo(ChatTemplate.of(directory, ofDirectory).encode(chat, List.of(), true));
        }
    }

    @Test
    void forward_float16_givesTheSameLogitsToItsRounding() {
        List<float[]> file = logits(RealModel.open());
        List<float[]> directory = logits(converted("float16"));

        for (int row = 0; row < file.size(); row++) {
            double apart = 0;
            for (int id = 0; id < file.get(row).length; id++) {
                apart = Math.max(apart, Math.abs(file.get(row)[id] - directory.get(row)[id]));
            }
            assertThat(apart / greatest(file.get(row))).as("row %s", row).isLessThan(FLOAT16);
        }
    }

    @Test
    void forward_float32_givesTheSameLogits() {
        List<float[]> file = logits(RealModel.open());
        List<float[]> directory = logits(converted("float32"));

        for (int row = 0; row < file.size(); row++) {
            assertThat(file.get(row)).as("row %s", row).isEqualTo(directory.get(row));
        }
    }

    private static float greatest(float[] logits) {
        float greatest = 0;
        for (float logit : logits) {
            greatest = Math.max(greatest, Math.abs(logit));
        }
        return greatest;
    }

    /** After each prompt of the fixture, and after its answer. */
    private static List<float[]> logits(Checkpoint opened) {
        List<float[]> rows = new ArrayList<>();
        try (Checkpoint checkpoint = opened;
                LoadedModel model = new LoadedModel(checkpoint)) {
            for (JsonNode golden : RealModel.entries("greedy.json")) {
                int[] prompt = RealModel.ids(golden.get("prompt"));
                int[] answer = RealModel.ids(golden.get("answer"));
                try (KvCache cache = model.newCache(prompt.length + answer.length)) {
                    rows.add(model.read(cache, prompt));
                    rows.add(model.read(cache, answer));
                }
            }
        }
        return rows;
    }
}
