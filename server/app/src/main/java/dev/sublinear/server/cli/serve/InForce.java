package dev.sublinear.server.cli.serve;

import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.settings.ByteSize;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.server.config.ServerConfig;
import java.util.List;
import java.util.Locale;

/** The configuration of a server, in terms and values for people to read. */
final class InForce {
    private InForce() {}

    static List<List<String>> of(ServerConfig config, LocalModel model) {
        ModelSpec spec = model.spec();
        EvictionPolicy policy = config.engine().cache().policy();
        Protection protection = policy.protection();
        return List.of(
                term("Model", "%s (%s)", config.model().name(), spec.family()),
                term("Parameters", "%,d", spec.parameters()),
                term("Layers", "%d", spec.layers()),
                term("Heads", "%d of %d, %d for keys and values", spec.heads(), spec.headDim(), spec.kvHeads()),
                term("Context", "%,d tokens", spec.maxPositions()),
                term("Precision", "%s", config.engine().precision().describe(model.storedAs())),
                term("Device", "%s", config.engine().device()),
                term("Batch invariance", "%s", model.engine().invariance()),
                term("Threads", "%d", config.engine().threads().of(spec)),
                term("Budget", "%s", policy.budget()),
                term("Scorer", "%s", policy.scorer().text()),
                term(
                        "Never evicted",
                        "%d sinks, the newest %d or %s of the budget",
                        protection.sinks(),
                        protection.recent(),
                        protection.recentShare()),
                term("Slack", "%d tokens", policy.slack()),
                term(
                        "Guard",
                        "%s",
                        policy.guard().isOn() ? "loss of " + policy.guard().targetLoss() : "off"),
                term(
                        "Sampling unless asked",
                        "temperature %s, top_p %s, top_k %d, min_p %s, repetition_penalty %s",
                        model.defaults().temperature(),
                        model.defaults().topP(),
                        model.defaults().topK(),
                        model.defaults().minP(),
                        model.defaults().repetitionPenalty()),
                term(
                        "Chosen by requests",
                        "%s",
                        config.engine().cache().allowOverride() ? "budget and scorer" : "nothing"),
                term("Sequences at once", "%,d", config.engine().scheduler().maxRunning()),
                term(
                        "Tokens of a step",
                        "up to %,d",
                        config.engine().scheduler().maxBatchTokens()),
                term("Cache capacity", "%s", ByteSize.format(model.plan().cache())));
    }

    private static List<String> term(String term, String format, Object... values) {
        return List.of(term, String.format(Locale.ROOT, format, values));
    }
}
