package dev.sublinear.engine.sampling;

/**
 * Arrays for choosing a token, most of them of the size of the vocabulary. A thread has one set for all its samplers, since what is in it
 * matters only while a token is chosen; each sampler's own would be megabytes.
 */
final class Workspace {
    private static final ThreadLocal<Workspace> OF_THREAD = ThreadLocal.withInitial(() -> new Workspace(0));

    final float[] scores;
    final double[] weights;
    final long[] ids;
    final double[] masses = new double[Sampler.BUCKETS];

    private Workspace(int size) {
        this.scores = new float[size];
        this.weights = new double[size];
        this.ids = new long[size];
    }

    /** Returns this thread's, which holds what the latest token left there. */
    static Workspace of(int size) {
        Workspace workspace = OF_THREAD.get();
        if (workspace.scores.length != size) {
            workspace = new Workspace(size);
            OF_THREAD.set(workspace);
        }
        return workspace;
    }
}
