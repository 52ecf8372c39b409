package dev.sublinear.evaluation.calibration;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Searches for the smallest share of the tokens whose divergence meets a target: a few shares side by side, then one at a time
 * between the largest that misses it and the smallest that meets it, where the logarithms of share and divergence lie on a line.
 */
public final class ShareSearch {
    /** The shares that are tried side by side. */
    static final List<Double> FIRST = List.of(0.08, 0.15, 0.28, 0.5);

    /** The most shares that are tried after the first ones. */
    static final int ROUNDS = 3;

    /** Meeting the target by no more than this is near enough. */
    private static final double NEAR = 0.9;

    private static final double AIM = 0.95;
    private static final double LEAST_NATS = 1e-9; // for a logarithm

    private final double target;
    private final Function<List<Double>, List<Double>> divergence;
    private final List<Tried> tried = new ArrayList<>();

    /** @param divergence in nats, for each share of a list */
    ShareSearch(double target, Function<List<Double>, List<Double>> divergence) {
        this.target = target;
        this.divergence = divergence;
    }

    /**
     * A share that was tried.
     *
     * @param share of the tokens that is held at the longest context
     * @param kl the largest divergence at any length, nats
     */
    public record Tried(double share, double kl) {}

    /**
     * Returns the shares tried; the smallest that meets the target is {@link #best}.
     *
     * @throws IllegalArgumentException if half of the tokens miss it
     */
    List<Tried> run() {
        add(FIRST);
        if (best().isEmpty()) {
            throw new IllegalArgumentException("no laws keep the divergence within " + target
                    + " nats with half of the tokens; allow more with --target-kl");
        }
        for (int round = 0; round < ROUNDS && missing().isPresent(); round++) {
            Tried met = best().orElseThrow();
            if (met.kl() >= NEAR * target) {
                break;
            }
            add(List.of(between(missing().orElseThrow(), met)));
        }
        return List.copyOf(tried);
    }

    private void add(List<Double> shares) {
        List<Double> found = divergence.apply(shares);
        for (int i = 0; i < shares.size(); i++) {
            tried.add(new Tried(shares.get(i), found.get(i)));
        }
    }

    /** Returns the smallest share that meets the target. */
    Optional<Tried> best() {
        return tried.stream().filter(at -> at.kl() <= target).min(Comparator.comparingDouble(Tried::share));
    }

    /** Returns the largest share below {@link #best} that misses the target. */
    private Optional<Tried> missing() {
        double met = best().orElseThrow().share();
        return tried.stream()
                .filter(at -> at.kl() > target && at.share() < met)
                .max(Comparator.comparingDouble(Tried::share));
    }

    private double between(Tried missing, Tried met) {
        double above = Math.log(missing.kl() / (AIM * target));
        double below = Math.log(AIM * target / Math.max(LEAST_NATS, met.kl()));
        double part = Math.min(0.95, Math.max(0.05, above / Math.max(LEAST_NATS, above + below)));
        return missing.share() * Math.pow(met.share() / missing.share(), part);
    }
}
