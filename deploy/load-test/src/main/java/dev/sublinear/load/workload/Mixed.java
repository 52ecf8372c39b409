package dev.sublinear.load.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Equal parts of several workloads, taking turns. */
public record Mixed(List<Workload> parts) implements Workload {
    public Mixed {
        parts = List.copyOf(parts);
    }

    @Override
    public String name() {
        return "mixed: " + parts.stream().map(Workload::name).collect(Collectors.joining("; "));
    }

    @Override
    public List<Ask> draw(int count, long seed, Function<Ask, Golden> alone) {
        int each = (count + parts.size() - 1) / parts.size();
        List<List<Ask>> drawn =
                parts.stream().map(part -> part.draw(each, seed, alone)).toList();
        List<Ask> asks = new ArrayList<>();
        for (int i = 0; i < each; i++) {
            for (List<Ask> part : drawn) {
                if (asks.size() < count && i < part.size()) {
                    asks.add(part.get(i));
                }
            }
        }
        return List.copyOf(asks);
    }
}
