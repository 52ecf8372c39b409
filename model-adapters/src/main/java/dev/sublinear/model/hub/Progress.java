package dev.sublinear.model.hub;

/**
 * How far a download is.
 *
 * @param done bytes that are here, of all files together
 * @param total bytes of all files together
 * @param bytesPerSecond over the last seconds; 0 while nobody can tell
 * @param file the one that comes now
 */
public record Progress(long done, long total, double bytesPerSecond, String file) {

    /** Whoever wants to know. */
    public interface Listener {
        void at(Progress progress);
    }
}
