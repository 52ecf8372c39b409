package dev.sublinear.server.web;

import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.SequenceReport;
import dev.sublinear.engine.model.CacheUsage;
import dev.sublinear.engine.model.HeldTokens;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.RetainedTokens;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.text.StreamingDecoder;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells the page about the engine's sequences. A sequence's number is enough for everything but its text: that needs the
 * id of its completion, which only its client was told.
 */
public final class LiveView {
    private static final int REMEMBERED = 1024;
    private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final Pattern NUMBER = Pattern.compile("(\\d{1,18})(?:\\.(\\d{1,4}))?");

    private final Engine engine;
    private final Tokenizer tokenizer;
    private final ServerFacts facts;
    private final long tokenBytes;
    private @Nullable CompletableFuture<Snapshot> shared;
    private long sharedNanos;
    private final Map<String, Long> requestsByCompletion = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > REMEMBERED;
        }
    });

    public LiveView(Engine engine, Tokenizer tokenizer, ServerFacts facts) {
        this.engine = engine;
        this.tokenizer = tokenizer;
        this.facts = facts;
        KvShape shape = engine.kvShape();
        this.tokenBytes = shape.keptBytes(EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer()), 1);
    }

    public ServerFacts facts() {
        return facts;
    }

    /** Remembers the id by which a client knows its request. */
    public void name(String completion, long request) {
        requestsByCompletion.put(completion, request);
    }

    /** Asks the engine, which answers between two steps. Questions at about the same time share an answer. */
    public synchronized CompletableFuture<Snapshot> snapshot() {
        long now = System.nanoTime();
        if (shared == null || now - sharedNanos > FRESH_NANOS) {
            shared = ask();
            sharedNanos = now;
        }
        return shared;
    }

    private CompletableFuture<Snapshot> ask() {
        return engine.watch().thenApply(reports -> {
            EngineStatus status = engine.status();
            return new Snapshot(
                    status.running(),
                    status.waiting(),
                    status.usedBytes(),
                    status.reservedBytes(),
                    engine.capacity(),
                    reports.stream().map(this::line).toList());
        });
    }

    private Snapshot.Line line(SequenceReport report) {
        CacheUsage cache = report.cache();
        return new Snapshot.Line(
                number(report.id(), report.choice()),
                report.end()
                        .map(end -> end.name())
                        .orElse(report.state().name())
                        .toLowerCase(Locale.ROOT),
                report.end().isPresent(),
                report.promptTokens(),
                report.generatedTokens(),
                cache.seen(),
                cache.retained(),
                (int) Math.round(cache.layers().stream()
                        .mapToInt(CacheUsage.Layer::budget)
                        .average()
                        .orElse(0)),
                cache.bytes(),
                cache.seen() * tokenBytes,
                lostMass(cache),
                report.policy().budget().toString(),
                report.policy().scorer().name());
    }

    private static @Nullable Double lostMass(CacheUsage cache) {
        double[] losses = cache.layers().stream()
                .mapToDouble(CacheUsage.Layer::lost)
                .filter(loss -> loss > 0)
                .toArray();
        return losses.length == 0 ? null : Arrays.stream(losses).average().orElseThrow();
    }

    private static String number(long request, int choice) {
        return choice == 0 ? Long.toString(request) : request + "." + choice;
    }

    /**
     * Returns which tokens of a sequence its cache still holds, in one head, in one layer or summed over all.
     *
     * @param name its number, or the id of its completion
     * @param head of the layer, if only one is to be counted
     * @return empty if the sequence is forgotten, or has no such layer or head
     */
    public CompletableFuture<Optional<Retention>> retention(String name, OptionalInt layer, OptionalInt head) {
        return held(
                name,
                held -> counted(held.tokens().layers(), layer, head).map(counted -> {
                    int seen = Retention.seen(held.tokens());
                    List<String> pieces = held.isOwn() ? pieces(held.tokens().tokens(), seen) : null;
                    return Retention.of(held.number(), held.tokens().layers(), counted, seen, pieces);
                }));
    }

    private static Optional<List<RetainedTokens>> counted(
            List<RetainedTokens> all, OptionalInt layer, OptionalInt head) {
        if (layer.isEmpty()) {
            return Optional.of(all);
        }
        return Optional.of(layer.getAsInt())
                .filter(index -> index < all.size())
                .map(all::get)
                .filter(chosen -> head.isEmpty() || head.getAsInt() < chosen.positions().length)
                .map(chosen -> List.of(head.isEmpty() ? chosen : only(chosen, head.getAsInt())));
    }

    private static RetainedTokens only(RetainedTokens layer, int head) {
        return new RetainedTokens(new int[][] {layer.positions()[head]}, new double[][] {layer.scores()[head]});
    }

    /**
     * Returns why the heads of all layers still hold one token of a sequence.
     *
     * @param name its number, or the id of its completion
     * @return empty if the sequence is forgotten, or has not read that far
     */
    public CompletableFuture<Optional<TokenPlace>> token(String name, int position) {
        return held(
                name,
                held -> Optional.of(held)
                        .filter(each -> position < Retention.seen(each.tokens()))
                        .map(each -> TokenPlace.of(each.number(), each.tokens(), engine.kvShape(), position)));
    }

    /** What a sequence holds, and whether it was asked for by the name that only its client knows. */
    private record Held(String number, HeldTokens tokens, boolean isOwn) {}

    private <T> CompletableFuture<Optional<T>> held(String name, Function<Held, Optional<T>> answer) {
        Long own = requestsByCompletion.get(name);
        Matcher number = NUMBER.matcher(name);
        if (own == null && !number.matches()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        long request = own != null ? own : Long.parseLong(number.group(1));
        int choice = own != null || number.group(2) == null ? 0 : Integer.parseInt(number.group(2));
        return engine.held(request, choice)
                .thenApply(held ->
                        held.flatMap(tokens -> answer.apply(new Held(number(request, choice), tokens, own != null))));
    }

    /** A character of several tokens stands at the last of them; a control token has the checkpoint's name for it. */
    private List<String> pieces(int[] tokens, int count) {
        StreamingDecoder decoder = tokenizer.streamingDecoder();
        List<String> pieces = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int id = tokens[i];
            pieces.add(tokenizer.controlToken(id).orElseGet(() -> decoder.accept(id)));
        }
        return pieces;
    }
}
