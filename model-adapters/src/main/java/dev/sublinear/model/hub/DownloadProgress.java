package dev.sublinear.model.hub;

/**
 * The progress of a download.
 *
 * @param done bytes of all files together that are in the cache
 * @param total bytes of all files together
 * @param bytesPerSecond over the last seconds; 0 at the beginning
 * @param file the one that is being downloaded
 */
public record DownloadProgress(long done, long total, double bytesPerSecond, String file) {

    /** Is told of progress. */
    public interface Listener {
        void at(DownloadProgress progress);
    }
}
