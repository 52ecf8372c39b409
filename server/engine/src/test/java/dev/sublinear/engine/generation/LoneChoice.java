package dev.sublinear.engine.generation;

import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted.Scope;
import dev.sublinear.engine.sampling.Logprobs;
import dev.sublinear.engine.sampling.Sampler;
import dev.sublinear.engine.sampling.TokenMask;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a choice is without an engine. */
final class LoneChoice {
    final GenerationRequest request;
    final List<Integer> tokens = new ArrayList<>();
    final List<Logprobs> logprobs = new ArrayList<>();
    FinishReason reason = FinishReason.LENGTH;

    LoneChoice(GenerationRequest request, int choice) {
        this.request = request;
        Set<Integer> ends = new java.util.HashSet<>(request.stops().ids());
        if (!request.stops().ignoresModel()) {
            ends.add(HashingModel.END);
        }
        Sampler sampler = new Sampler(request.sampling().forChoice(choice), request.prompt());
        long hash = HashingModel.begin(request.policy());
        for (int token : request.prompt()) {
            hash = HashingModel.after(hash, token);
        }
        while (tokens.size() < request.maxTokens()) {
            float[] row = HashingModel.logits(hash);
            boolean mayEnd = tokens.size() >= request.minTokens();
            int id = sampler.sample(row, tokens.size(), mayEnd ? TokenMask.ALL : TokenMask.ALL.without(ends));
            tokens.add(id);
            logprobs.add(
                    request.logprobs().scope() == Scope.NONE
                            ? Logprobs.NONE
                            : Logprobs.of(row, id, request.logprobs().alternatives()));
            if (ends.contains(id)) {
                reason = FinishReason.STOP;
                break;
            }
            hash = HashingModel.after(hash, id);
        }
    }

    List<Logprobs> promptLogprobs() {
        List<Logprobs> all = new ArrayList<>(List.of(Logprobs.NONE));
        long hash = HashingModel.begin(request.policy());
        for (int i = 0; i + 1 < request.prompt().length; i++) {
            hash = HashingModel.after(hash, request.prompt()[i]);
            all.add(Logprobs.of(
                    HashingModel.logits(hash),
                    request.prompt()[i + 1],
                    request.logprobs().alternatives()));
        }
        return all;
    }

    String text() {
        StringBuilder text = new StringBuilder();
        int shown = reason == FinishReason.STOP ? tokens.size() - 1 : tokens.size();
        tokens.subList(0, shown).forEach(id -> text.append('<').append(id).append('>'));
        return text.toString();
    }
}
