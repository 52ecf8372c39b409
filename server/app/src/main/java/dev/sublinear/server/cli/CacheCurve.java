package dev.sublinear.server.cli;

import dev.sublinear.engine.generation.EngineListener;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.HeadLengths;
import dev.sublinear.kvcache.KvCacheListener;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** How a cache grew with its context: tokens that a head holds, the mean of all heads, against tokens seen. */
final class CacheCurve implements EngineListener {
    private static final int WIDTH = 64;
    private static final int HEIGHT = 12;

    private final ConcurrentSkipListMap<Integer, Integer> retainedBySeen = new ConcurrentSkipListMap<>();

    @Override
    public KvCacheListener cacheListener(EvictionPolicy policy) {
        return new KvCacheListener() {
            private final Map<Integer, Double> heldByLayer = new TreeMap<>();

            @Override
            public void onAppended(int layer, HeadLengths held) {
                heldByLayer.put(layer, (double) held.total() / held.heads());
                double mean = heldByLayer.values().stream()
                        .mapToDouble(Double::doubleValue)
                        .average()
                        .orElseThrow();
                retainedBySeen.put(held.seen(), (int) Math.round(mean));
            }

            @Override
            public void onTrimmed(int layer, int evicted, HeadLengths held) {
                onAppended(layer, held);
            }
        };
    }

    /** Draws it beside the lines of a full cache and of the budget; nothing before the first token. */
    String plot(EvictionPolicy policy) {
        if (retainedBySeen.isEmpty()) {
            return "";
        }
        int most = retainedBySeen.lastKey();
        char[][] grid = new char[HEIGHT][WIDTH];
        for (char[] row : grid) {
            Arrays.fill(row, ' ');
        }
        for (int column = 0; column < WIDTH; column++) {
            int seen = Math.max(1, Math.round((column + 1f) * most / WIDTH));
            mark(grid, column, seen, most, '.');
            mark(grid, column, policy.budget().budget(seen), most, '-');
            Map.Entry<Integer, Integer> held = retainedBySeen.ceilingEntry(seen);
            mark(grid, column, Math.min(seen, held.getValue()), most, 'o');
        }
        return text(grid, most);
    }

    private static void mark(char[][] grid, int column, int tokens, int most, char with) {
        int height = Math.min(HEIGHT - 1, Math.round((float) tokens * (HEIGHT - 1) / most));
        grid[HEIGHT - 1 - height][column] = with;
    }

    private static String text(char[][] grid, int most) {
        StringBuilder text =
                new StringBuilder(String.format(Locale.ROOT, "%9s   o retained, - budget, . all of it%n", "tokens"));
        for (int row = 0; row < HEIGHT; row++) {
            String label = row == 0 ? count(most) : row == HEIGHT - 1 ? "0" : "";
            text.append(String.format(Locale.ROOT, "%9s |%s", label, new String(grid[row]))
                            .stripTrailing())
                    .append(System.lineSeparator());
        }
        text.append(String.format(Locale.ROOT, "%9s +%s%n", "", "-".repeat(WIDTH)));
        return text.append(String.format(Locale.ROOT, "%9s  0%" + (WIDTH - 1) + "s%n", "", count(most) + " seen"))
                .toString();
    }

    private static String count(int tokens) {
        return String.format(Locale.ROOT, "%,d", tokens);
    }
}
