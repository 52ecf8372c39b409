package dev.sublinear.server.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.generation.SequenceReport;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.server.config.ConfigReader;
import dev.sublinear.server.config.ServerConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ConversationTest {

    @Test
    void ask_withASystemMessage_pinsItAndNoMore() {
        ServerConfig config = ConfigReader.read(Map.of("model", "stub:", "cache.budget", "fixed:400"), Map.of());
        try (LocalModel model = LocalModel.open(config.model().source(), config.engine())) {
            List<SequenceReport> before = model.engine().watch().join();
            assertThat(before).isEmpty();

            Conversation conversation = new Conversation(model, SamplingParams.GREEDY, 8, "Be brief.");
            conversation.ask(". What is it?", piece -> {});

            SequenceReport report = model.engine().watch().join().get(0);
            Span pinned = report.policy().protection().pinned();
            String told = "System: Be brief.\nUser: ";
            assertThat(pinned.from()).isZero();
            assertThat(pinned.length()).isBetween(told.length() - 10, told.length() + 10);
        }
    }

    @Test
    void ask_withoutASystemMessage_pinsNothing() {
        ServerConfig config = ConfigReader.read(Map.of("model", "stub:", "cache.budget", "fixed:400"), Map.of());
        try (LocalModel model = LocalModel.open(config.model().source(), config.engine())) {
            List<SequenceReport> before = model.engine().watch().join();
            assertThat(before).isEmpty();

            new Conversation(model, SamplingParams.GREEDY, 8, "").ask("hi", piece -> {});

            assertThat(model.engine()
                            .watch()
                            .join()
                            .get(0)
                            .policy()
                            .protection()
                            .pinned())
                    .isEqualTo(Span.EMPTY);
        }
    }
}
