package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.worker.Workers;

/** One progress of work that is done in phases, one after the other. */
final class Phases {
    private final Workers.Progress whole;
    private final double total;
    private double before;

    /** @param total expected cost of all phases */
    Phases(Workers.Progress whole, double total) {
        this.whole = whole;
        this.total = total;
    }

    /** Begins a phase of this cost; the one before has ended. */
    Workers.Progress begin(double cost) {
        double from = before;
        before += cost;
        return (done, all, what) -> whole.at(from + cost * done / all, total, what);
    }

    /** Tells that all phases have ended, those that turned out not to be needed too. */
    void end() {
        whole.at(total, total, "all");
    }
}
